-- Browsers that show what a person is told also when no page is open in them.
CREATE TABLE browsers (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL REFERENCES users (id),
	session_id TEXT NOT NULL,
	endpoint   TEXT NOT NULL,
	public_key TEXT NOT NULL,
	auth       TEXT NOT NULL,
	user_agent TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX browsers_of ON browsers (user_id, created_at, id);
