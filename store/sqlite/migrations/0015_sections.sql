-- Where a channel stands in a member's own list.
ALTER TABLE members ADD COLUMN section TEXT NOT NULL DEFAULT '';
