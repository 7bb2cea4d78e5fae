-- When people were last here, as far as their sessions tell. 0 for never.
ALTER TABLE users ADD COLUMN last_active INTEGER NOT NULL DEFAULT 0;
UPDATE users SET last_active = max(last_login, coalesce((SELECT max(seen_at) FROM sessions WHERE user_id = users.id AND impersonated_by = ''), 0))
	WHERE deactivated = 0 AND bot = 0;
CREATE INDEX users_by_activity ON users (last_active);
