CREATE TABLE reports (
	id          TEXT PRIMARY KEY,
	message_id  TEXT NOT NULL,
	channel_id  TEXT NOT NULL,
	author_id   TEXT NOT NULL,
	reporter_id TEXT NOT NULL,
	reason      TEXT NOT NULL,
	disclosed   INTEGER NOT NULL,
	created_at  INTEGER NOT NULL,
	for_admins  INTEGER NOT NULL,
	resolution  TEXT NOT NULL,
	resolved_by TEXT NOT NULL,
	resolved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reports_once ON reports (message_id, reporter_id);
CREATE INDEX reports_open ON reports (id, for_admins) WHERE resolution = '';
