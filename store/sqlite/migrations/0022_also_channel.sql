-- Whether a reply stands in its channel too, not only in its thread.
ALTER TABLE messages ADD COLUMN also_channel INTEGER NOT NULL DEFAULT 0;
