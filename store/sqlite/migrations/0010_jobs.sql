-- What is to be done at a time. next_try is 0 for what may not be claimed any more.
CREATE TABLE jobs (
	id         TEXT NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL,
	owner      TEXT NOT NULL,
	key        TEXT NOT NULL,
	state      TEXT NOT NULL,
	due        INTEGER NOT NULL,
	next_try   INTEGER NOT NULL,
	tries      INTEGER NOT NULL,
	problem    TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	done_at    INTEGER NOT NULL,
	version    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX jobs_key ON jobs (owner, kind, key);
CREATE INDEX jobs_newest ON jobs (owner, kind, id);
CREATE INDEX jobs_due ON jobs (kind, next_try, id) WHERE next_try > 0;
