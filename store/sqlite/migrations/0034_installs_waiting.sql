-- What waits for a second person, a change of what works included, and what is on or off, is listed for admins.
DROP INDEX plugin_installs_asked;
CREATE INDEX plugin_installs_waiting ON plugin_installs (id) WHERE state = 'asked' OR pending <> 'null';
CREATE INDEX plugin_installs_state ON plugin_installs (state, id);
