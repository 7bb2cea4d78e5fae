-- What messages mean to a model: a byte for each number of a vector.
CREATE TABLE message_embeddings (
	message_id TEXT PRIMARY KEY,
	channel_id TEXT NOT NULL,
	model TEXT NOT NULL,
	vector BLOB NOT NULL
) STRICT;
CREATE TRIGGER message_means_else AFTER UPDATE OF content, deleted ON messages
WHEN old.content <> new.content OR new.deleted = 1
BEGIN
	DELETE FROM message_embeddings WHERE message_id = new.id;
END;
