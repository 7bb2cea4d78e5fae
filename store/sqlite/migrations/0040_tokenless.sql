-- Bots of webhooks, commands and plugins, and those that speak for the server, have no tokens: who looks after a channel let the
-- webhook or the plugin in, not whoever holds a token.
ALTER TABLE users ADD COLUMN tokenless INTEGER NOT NULL DEFAULT 0;
UPDATE users SET tokenless = 1 WHERE bot = 1 AND (owner_id = '' OR id IN (SELECT bot_id FROM hooks)
	OR id IN (SELECT bot_id FROM plugins) OR id IN (SELECT bot_id FROM plugin_installs));
DELETE FROM tokens WHERE user_id IN (SELECT id FROM users WHERE tokenless = 1);
