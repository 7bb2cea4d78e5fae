package sqlite

import (
	"context"
	"database/sql"

	"pegasus/chat"
)

// MessagesBetween implements chat.MeaningStore.
func (s *Store) MessagesBetween(ctx context.Context, after, before string, newestFirst bool, limit int) ([]chat.Message, error) {
	which := readOldestBetween
	if newestFirst {
		which = readNewestBetween
	}
	return list(ctx, s.reads[which], scanMessage, after, before, max(0, limit))
}

// SaveEmbeddings implements chat.MeaningStore.
func (s *Store) SaveEmbeddings(ctx context.Context, all []chat.Embedding) error {
	return s.writer.write(ctx, func(b *batch) error {
		for _, e := range all {
			if err := b.exec(saveEmbedding, e.MessageID, e.ChannelID, e.Model, e.Vector); err != nil {
				return err
			}
		}
		return nil
	})
}

// EachEmbedding implements chat.MeaningStore. It copies no vector.
func (s *Store) EachEmbedding(
	ctx context.Context, model string, channelIDs []string, limit int, each func(messageID string, vector []byte),
) error {
	rows, err := s.reads[readEmbeddings].QueryContext(ctx, model, document{channelIDs}, max(0, limit))
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	var messageID string
	var vector sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&messageID, &vector); err != nil {
			return translate(err)
		}
		each(messageID, vector)
	}
	return translate(rows.Err())
}

// PruneEmbeddings implements chat.MeaningStore.
func (s *Store) PruneEmbeddings(ctx context.Context, keep int) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(pruneEmbeddings, keep) })
}
