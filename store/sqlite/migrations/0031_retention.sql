-- For how many days the messages of a channel are kept: 0 as the workspace says, -1 for ever.
ALTER TABLE channels ADD COLUMN keep_days INTEGER NOT NULL DEFAULT 0;
