-- As whom a bot wrote a message, '' for its own name and picture.
ALTER TABLE messages ADD COLUMN guise_name TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN guise_emoji TEXT NOT NULL DEFAULT '';

CREATE TABLE hooks (
	id           TEXT PRIMARY KEY,
	kind         TEXT NOT NULL,
	channel_id   TEXT NOT NULL,
	bot_id       TEXT NOT NULL,
	keeper_id    TEXT NOT NULL,
	name         TEXT NOT NULL,
	crowds       INTEGER NOT NULL,
	hash         TEXT NOT NULL, -- '' for what is not found by a secret
	hint         TEXT NOT NULL,
	salt         TEXT NOT NULL,
	url          TEXT NOT NULL,
	triggers     TEXT NOT NULL, -- words with a space between them
	off          INTEGER NOT NULL,
	problem      TEXT NOT NULL,
	failures     INTEGER NOT NULL,
	created_at   INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hooks_of_channel ON hooks (channel_id, id);
CREATE UNIQUE INDEX hooks_by_hash ON hooks (hash) WHERE hash <> '';
