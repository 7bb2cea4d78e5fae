-- What came from another system and has no place of its own, and notes of what became of things here.
CREATE TABLE imported (
	kind       TEXT NOT NULL,
	source_id  TEXT NOT NULL,
	target_id  TEXT NOT NULL,
	owner_id   TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	document   TEXT NOT NULL, -- MongoDB's Extended JSON, '' for a mere note
	PRIMARY KEY (kind, source_id)
) STRICT;
CREATE INDEX imported_of_owner ON imported (owner_id) WHERE owner_id <> '';
