-- The paths of files that no answer changes, one a line.
ALTER TABLE plugins ADD COLUMN locked TEXT NOT NULL DEFAULT '';
