-- Conversations between people who were chosen: people_key names them, listed_from is the number of the message from which
-- on one is in a member's list.
ALTER TABLE channels ADD COLUMN people_key TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN listed_from INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX channels_keyed ON channels (people_key) WHERE people_key <> '';
