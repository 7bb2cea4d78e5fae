-- What a message says of its files, as a JSON array, '' for none.
ALTER TABLE messages ADD COLUMN attachments TEXT NOT NULL DEFAULT '';

-- No foreign keys here: files outlive who sent them, and messages are never removed.
CREATE TABLE uploads (
	id         TEXT PRIMARY KEY,
	key        TEXT NOT NULL UNIQUE,
	user_id    TEXT NOT NULL,
	name       TEXT NOT NULL,
	size       INTEGER NOT NULL,
	type       TEXT NOT NULL,
	width      INTEGER NOT NULL,
	height     INTEGER NOT NULL,
	thumbnail  INTEGER NOT NULL,
	message_id TEXT NOT NULL, -- '' where no message has taken it
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL, -- 0 where a message holds it
	removed    INTEGER NOT NULL DEFAULT 0, -- 1 once its removal has begun
	charge     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_of_user ON uploads (user_id, id, expires_at, charge);
CREATE INDEX uploads_of_message ON uploads (message_id) WHERE message_id <> '';
CREATE INDEX uploads_due ON uploads (expires_at) WHERE expires_at <> 0;
