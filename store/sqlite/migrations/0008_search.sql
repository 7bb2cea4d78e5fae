-- The terms of messages that are not deleted. The program makes them, and sees to it that they hold nothing but ASCII letters
-- and digits, and characters beyond ASCII. A row's id is the hour in which the message was written, times 2^31, plus its n.
CREATE VIRTUAL TABLE search USING fts5(terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

-- Messages up to this n are in the index; of those before it, search_pending lists what has changed since.
CREATE TABLE search_progress (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT;
INSERT INTO search_progress (one, n) VALUES (1, 0);
CREATE TABLE search_pending (n INTEGER PRIMARY KEY) STRICT;

CREATE TRIGGER search_message AFTER UPDATE OF content, edited_at, deleted, pinned_at, reply_count ON messages
WHEN old.content <> new.content OR old.edited_at <> new.edited_at OR old.deleted <> new.deleted
	OR (old.pinned_at = 0) <> (new.pinned_at = 0) OR (old.reply_count = 0) <> (new.reply_count = 0)
BEGIN
	INSERT INTO search_pending (n) VALUES (new.n) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_reacted AFTER INSERT ON message_reactions BEGIN
	INSERT INTO search_pending (n) SELECT n FROM messages WHERE id = new.message_id ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_unreacted AFTER DELETE ON message_reactions BEGIN
	INSERT INTO search_pending (n) SELECT n FROM messages WHERE id = old.message_id ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_saved AFTER INSERT ON bookmarks BEGIN
	INSERT INTO search_pending (n) SELECT n FROM messages WHERE id = new.message_id ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_unsaved AFTER DELETE ON bookmarks BEGIN
	INSERT INTO search_pending (n) SELECT n FROM messages WHERE id = old.message_id ON CONFLICT DO NOTHING;
END;
