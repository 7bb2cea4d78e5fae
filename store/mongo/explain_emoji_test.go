package mongo

import (
	"testing"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/storetest"
)

func exerciseEmoji(t *testing.T, s *Store) {
	ctx := t.Context()
	e := chat.CustomEmoji{ID: id.New(storetest.Start), Name: "cat"}
	must(t, s.AddCustomEmoji(ctx, e))
	_, err := s.CustomEmoji(ctx)
	must(t, err)
	must(t, s.RenameCustomEmoji(ctx, e.ID, "dog"))
	must(t, s.DeleteCustomEmoji(ctx, e.ID))
}
