-- What people have begun to write.
CREATE TABLE drafts (
	user_id TEXT NOT NULL,
	channel_id TEXT NOT NULL,
	root_id TEXT NOT NULL,
	content TEXT NOT NULL,
	attachments TEXT NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (user_id, channel_id, root_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_changed ON drafts (user_id, updated_at, channel_id, root_id);
