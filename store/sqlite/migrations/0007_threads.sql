-- What a message knows of the replies to it. participants are user ids, the newest first, with spaces between them.
ALTER TABLE messages ADD COLUMN reply_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN last_reply_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN last_reply_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN participants TEXT NOT NULL DEFAULT '';

-- A reply to a reply belongs to the root.
UPDATE messages SET parent_id = above.root FROM (
	WITH RECURSIVE up (id, root) AS (
		SELECT m.id, p.parent_id FROM messages m JOIN messages p ON p.id = m.parent_id
			WHERE m.parent_id <> '' AND p.parent_id <> ''
		UNION
		SELECT up.id, p.parent_id FROM up JOIN messages p ON p.id = up.root WHERE p.parent_id <> ''
	)
	SELECT up.id, up.root FROM up JOIN messages t ON t.id = up.root WHERE t.parent_id = ''
) above WHERE messages.id = above.id;

CREATE INDEX messages_replies ON messages (parent_id, seq) WHERE parent_id <> '' AND deleted = 0;

UPDATE messages SET reply_count = t.replies, last_reply_seq = t.newest,
	last_reply_at = (SELECT r.created_at FROM messages r
		WHERE r.parent_id = messages.id AND r.parent_id <> '' AND r.deleted = 0 AND r.seq = t.newest),
	participants = (SELECT group_concat(user_id, ' ') FROM (SELECT r.user_id FROM messages r
		WHERE r.parent_id = messages.id AND r.parent_id <> '' AND r.deleted = 0
		GROUP BY r.user_id ORDER BY max(r.seq) DESC LIMIT 5))
	FROM (SELECT parent_id, count(*) AS replies, max(seq) AS newest FROM messages
		WHERE parent_id <> '' AND deleted = 0 GROUP BY parent_id) t
	WHERE messages.id = t.parent_id;

-- A person's place in a thread. last_seq and last_reply_at are those of the newest reply, 0 where there is none.
CREATE TABLE threads (
	root_id       TEXT NOT NULL,
	user_id       TEXT NOT NULL,
	channel_id    TEXT NOT NULL,
	following     INTEGER NOT NULL,
	last_read_seq INTEGER NOT NULL,
	last_seq      INTEGER NOT NULL,
	last_reply_at INTEGER NOT NULL,
	PRIMARY KEY (root_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_newest ON threads (user_id, following, last_reply_at, root_id);
CREATE INDEX threads_unread ON threads (user_id, last_reply_at, root_id) WHERE following = 1 AND last_seq > last_read_seq;

-- Whoever has taken part follows, and has read what there is.
INSERT INTO threads (root_id, user_id, channel_id, following, last_read_seq, last_seq, last_reply_at)
	SELECT m.id, p.user_id, m.channel_id, 1, m.last_reply_seq, m.last_reply_seq, m.last_reply_at
	FROM messages m JOIN (SELECT id AS root_id, user_id FROM messages WHERE reply_count > 0
		UNION SELECT parent_id, user_id FROM messages WHERE parent_id <> '' AND deleted = 0) p ON p.root_id = m.id
	WHERE m.reply_count > 0 AND m.deleted = 0;

-- Who is mentioned where: named is 0 for those who are meant as some of many.
CREATE TABLE mentions (
	message_id TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	channel_id TEXT NOT NULL,
	seq        INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	named      INTEGER NOT NULL,
	PRIMARY KEY (message_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_of_channel ON mentions (user_id, channel_id, seq);
CREATE INDEX mentions_newest ON mentions (user_id, created_at, message_id);
