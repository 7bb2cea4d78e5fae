-- What waits for its first approval takes no commands.
DELETE FROM plugin_commands WHERE install_id IN (SELECT id FROM plugin_installs WHERE state = 'asked');
