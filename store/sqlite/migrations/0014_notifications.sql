-- Of which messages people are told: for a channel, and for themselves. asks is 1 for who may be told of messages that do not
-- concern them otherwise.
ALTER TABLE members ADD COLUMN level TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
CREATE TABLE notification_preferences (
	user_id  TEXT PRIMARY KEY REFERENCES users (id),
	asks     INTEGER NOT NULL,
	settings TEXT NOT NULL -- a JSON object
) STRICT, WITHOUT ROWID;
