-- What stands before a status, and when both end.
ALTER TABLE users ADD COLUMN status_emoji TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN status_until INTEGER NOT NULL DEFAULT 0;
