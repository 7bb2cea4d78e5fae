package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"pegasus/chat"
)

// previewed scans what a message's links say. Nearly every message has none, and costs no parsing.
type previewed struct{ to *[]chat.Preview }

func (p previewed) Scan(stored any) error {
	text, ok := stored.(string)
	if !ok {
		return fmt.Errorf("stored previews are a %T", stored)
	}
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), p.to)
}

// SetPreviews implements chat.PreviewStore.
func (s *Store) SetPreviews(ctx context.Context, messageID, content string, previews []chat.Preview) (m chat.Message, err error) {
	var stored any = ""
	if len(previews) > 0 {
		stored = document{previews}
	}
	err = s.writer.write(ctx, func(b *batch) error {
		m, err = scanMessage(b.row(setPreviews, messageID, content, stored))
		return orMissing(err, chat.ErrMessageNotFound)
	})
	return m, err
}
