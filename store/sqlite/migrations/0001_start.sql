-- Times are milliseconds since 1970 in UTC, 0 for none.

CREATE TABLE users (
	id             TEXT PRIMARY KEY,
	email          TEXT NOT NULL UNIQUE,
	email_verified INTEGER NOT NULL,
	name           TEXT NOT NULL,
	username       TEXT NOT NULL UNIQUE,
	display_name   TEXT NOT NULL,
	avatar         TEXT NOT NULL,
	role           TEXT NOT NULL,
	preferences    TEXT NOT NULL,
	status         TEXT NOT NULL,
	status_message TEXT NOT NULL,
	phone          TEXT NOT NULL,
	google_id      TEXT NOT NULL,
	oauth_provider TEXT NOT NULL,
	deactivated    INTEGER NOT NULL,
	created_at     INTEGER NOT NULL,
	updated_at     INTEGER NOT NULL,
	last_login     INTEGER NOT NULL,
	password_hash  TEXT NOT NULL,
	search         TEXT NOT NULL -- the names and the address in lower case, folded by the program: SQL folds ASCII alone
) STRICT, WITHOUT ROWID;
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';
CREATE INDEX users_active ON users (id) WHERE status <> 'offline';

CREATE TABLE sessions (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL REFERENCES users (id),
	token_hash TEXT NOT NULL UNIQUE,
	address    TEXT NOT NULL,
	user_agent TEXT NOT NULL,
	remember   INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE scs_sessions (
	token  TEXT PRIMARY KEY,
	data   BLOB NOT NULL,
	expiry INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX scs_sessions_by_end ON scs_sessions (expiry);

CREATE TABLE channels (
	id              TEXT PRIMARY KEY,
	name            TEXT NOT NULL COLLATE NOCASE,
	description     TEXT NOT NULL,
	type            TEXT NOT NULL,
	created_by      TEXT NOT NULL,
	created_at      INTEGER NOT NULL,
	archived        INTEGER NOT NULL,
	last_seq        INTEGER NOT NULL,
	last_message_at INTEGER NOT NULL,
	member_count    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Public channels alone have a name of their own: a name that could not be taken would tell of a private channel.
CREATE UNIQUE INDEX channels_named ON channels (name) WHERE type = 'public';
CREATE INDEX channels_open ON channels (name) WHERE archived = 0;
CREATE INDEX channels_public ON channels (name) WHERE archived = 0 AND type = 'public';

CREATE TABLE members (
	channel_id    TEXT NOT NULL REFERENCES channels (id),
	user_id       TEXT NOT NULL REFERENCES users (id),
	role          TEXT NOT NULL,
	joined_at     INTEGER NOT NULL,
	last_read_seq INTEGER NOT NULL,
	last_read_at  INTEGER NOT NULL,
	own_unread    INTEGER NOT NULL,
	PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_user ON members (user_id, channel_id);
CREATE INDEX members_admins ON members (channel_id) WHERE role = 'admin';

-- No foreign keys here: each message is stored in the transaction that has seen its author's membership, which has them.
-- Rows are never removed; a deleted message keeps its number and its idempotency key.
CREATE TABLE messages (
	n          INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	channel_id TEXT NOT NULL,
	seq        INTEGER NOT NULL,
	user_id    TEXT NOT NULL,
	content    TEXT NOT NULL,
	html       TEXT NOT NULL,
	renderer   INTEGER NOT NULL,
	parent_id  TEXT NOT NULL,
	client_key TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	edited_at  INTEGER NOT NULL,
	deleted    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX messages_shown ON messages (channel_id, seq) WHERE deleted = 0;
CREATE UNIQUE INDEX messages_keys ON messages (user_id, client_key) WHERE client_key <> '';
CREATE INDEX messages_own ON messages (user_id, channel_id, seq);
