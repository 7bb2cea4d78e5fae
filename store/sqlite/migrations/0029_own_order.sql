-- The place of a channel in its section of the member's own list, from 1, and 0 where they gave it none.
ALTER TABLE members ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
