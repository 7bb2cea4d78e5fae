ALTER TABLE users ADD COLUMN bot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN owner_id TEXT NOT NULL DEFAULT '';
CREATE INDEX users_bots ON users (id) WHERE bot = 1 AND deactivated = 0;
DROP INDEX users_active;
CREATE INDEX users_active ON users (id) WHERE status <> 'offline' AND deactivated = 0 AND bot = 0;
