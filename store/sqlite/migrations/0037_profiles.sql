-- What people say of themselves in the fields of profiles.
CREATE TABLE profile_values (
	user_id TEXT NOT NULL,
	field   TEXT NOT NULL,
	value   TEXT NOT NULL,
	PRIMARY KEY (user_id, field)
) WITHOUT ROWID, STRICT;
CREATE INDEX profile_values_field ON profile_values (field);
