ALTER TABLE users ADD COLUMN two_factor_enabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN banned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN ban_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN ban_expires INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN notify TEXT NOT NULL DEFAULT '{"new_device":true}';
DROP INDEX users_active;
CREATE INDEX users_active ON users (id) WHERE status <> 'offline' AND deactivated = 0;
CREATE INDEX users_gone ON users (id) WHERE deactivated = 1;

-- Up to here everyone came in by a password.
ALTER TABLE sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'password';
ALTER TABLE sessions ADD COLUMN impersonated_by TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET seen_at = updated_at, proven_at = created_at;

CREATE TABLE tickets (
	purpose    TEXT NOT NULL,
	hash       TEXT NOT NULL,
	user_id    TEXT NOT NULL, -- '' for nobody's
	email      TEXT NOT NULL,
	data       TEXT NOT NULL,
	tries      INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (purpose, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_of_user ON tickets (user_id, purpose) WHERE user_id <> '';
CREATE INDEX tickets_by_end ON tickets (expires_at);

CREATE TABLE two_factor (
	user_id      TEXT PRIMARY KEY REFERENCES users (id),
	secret       BLOB NOT NULL,
	confirmed    INTEGER NOT NULL,
	last_step    INTEGER NOT NULL,
	salt         BLOB NOT NULL,
	backup_codes TEXT NOT NULL, -- a JSON array
	created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_accounts (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL REFERENCES users (id),
	provider   TEXT NOT NULL,
	subject    TEXT NOT NULL,
	email      TEXT NOT NULL,
	scopes     TEXT NOT NULL, -- a JSON array
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	UNIQUE (provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_accounts_of_user ON provider_accounts (user_id, created_at);

CREATE TABLE passkeys (
	id            TEXT PRIMARY KEY,
	user_id       TEXT NOT NULL REFERENCES users (id),
	name          TEXT NOT NULL,
	credential_id TEXT NOT NULL UNIQUE,
	public_key    BLOB NOT NULL,
	counter       INTEGER NOT NULL,
	device_type   TEXT NOT NULL,
	backed_up     INTEGER NOT NULL,
	transports    TEXT NOT NULL, -- a JSON array
	data          TEXT NOT NULL,
	created_at    INTEGER NOT NULL,
	last_used_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_of_user ON passkeys (user_id, created_at);

CREATE TABLE tokens (
	id           TEXT PRIMARY KEY,
	user_id      TEXT NOT NULL REFERENCES users (id),
	name         TEXT NOT NULL,
	hash         TEXT NOT NULL UNIQUE,
	hint         TEXT NOT NULL,
	scopes       TEXT NOT NULL, -- a JSON array
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_of_user ON tokens (user_id, created_at);

CREATE TABLE invitations (
	id         TEXT PRIMARY KEY,
	token_hash TEXT NOT NULL UNIQUE,
	email      TEXT NOT NULL,
	role       TEXT NOT NULL,
	created_by TEXT NOT NULL,
	max_uses   INTEGER NOT NULL,
	uses       INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- No foreign keys here: what has happened stays true whatever becomes of those it tells of.
CREATE TABLE audit_events (
	id         TEXT PRIMARY KEY,
	action     TEXT NOT NULL,
	actor_id   TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	address    TEXT NOT NULL,
	user_agent TEXT NOT NULL,
	details    TEXT NOT NULL, -- a JSON object
	at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_of_user ON audit_events (user_id, id);
CREATE INDEX audit_events_of_actor ON audit_events (actor_id, id);
CREATE INDEX audit_events_of_action ON audit_events (action, id);
CREATE INDEX audit_events_by_time ON audit_events (at);

CREATE TABLE settings (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
	id          TEXT PRIMARY KEY,
	kind        TEXT NOT NULL,
	recipient   TEXT NOT NULL,
	sealed      BLOB NOT NULL,
	tries       INTEGER NOT NULL,
	last_error  TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	next_try    INTEGER NOT NULL,
	sent_at     INTEGER NOT NULL,
	given_up_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (next_try, id) WHERE sent_at = 0 AND given_up_at = 0;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at <> 0;
CREATE INDEX outbox_given_up ON outbox (given_up_at) WHERE given_up_at <> 0;
