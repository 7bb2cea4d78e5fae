-- What the server measured of itself, by resolution in seconds, and what its alarms did.
CREATE TABLE measures (
	resolution INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	body       TEXT NOT NULL,
	PRIMARY KEY (resolution, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE alarm_changes (
	id     TEXT NOT NULL PRIMARY KEY,
	name   TEXT NOT NULL,
	state  TEXT NOT NULL,
	reason TEXT NOT NULL,
	at     INTEGER NOT NULL,
	told   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_changes_of ON alarm_changes (name, id);
CREATE INDEX alarm_changes_by_time ON alarm_changes (at);
