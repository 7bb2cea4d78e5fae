CREATE TABLE message_reactions (
	message_id TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	emoji      TEXT NOT NULL,
	id         TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE bookmarks (
	user_id    TEXT NOT NULL,
	message_id TEXT NOT NULL,
	id         TEXT NOT NULL,
	channel_id TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (user_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bookmarks_newest ON bookmarks (user_id, id);
CREATE INDEX bookmarks_of_message ON bookmarks (message_id);

ALTER TABLE messages ADD COLUMN pinned_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN pinned_by TEXT NOT NULL DEFAULT '';
CREATE INDEX messages_pinned ON messages (channel_id, pinned_at, id) WHERE pinned_at > 0;

-- The texts that edits replaced. n counts from 1, without holes but at the beginning.
CREATE TABLE message_versions (
	message_id TEXT NOT NULL,
	n          INTEGER NOT NULL,
	content    TEXT NOT NULL,
	written_at INTEGER NOT NULL,
	PRIMARY KEY (message_id, n)
) STRICT, WITHOUT ROWID;
