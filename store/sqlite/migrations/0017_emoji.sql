-- The workspace's own emoji.
CREATE TABLE custom_emoji (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	picture TEXT NOT NULL,
	still TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
