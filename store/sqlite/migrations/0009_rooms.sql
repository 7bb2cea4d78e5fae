-- What a channel talks of, what its members may do, and who may not write in it for a while. mutes outlasts a membership: who
-- leaves and comes back is still muted.
ALTER TABLE channels ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN posting TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN crowds TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN inviting TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN newcomers INTEGER NOT NULL DEFAULT 0;
CREATE INDEX channels_newcomers ON channels (name) WHERE newcomers = 1 AND archived = 0 AND type = 'public';

ALTER TABLE members ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;
CREATE TABLE mutes (
	channel_id TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	until      INTEGER NOT NULL,
	PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;
