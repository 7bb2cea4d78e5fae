package mongo

import (
	"testing"

	"pegasus/chat"
	"pegasus/store/storetest"
)

// exerciseSearch calls what searches need, on paths that reach every command.
func exerciseSearch(t *testing.T, s *Store, userID, channelID string) {
	ctx := t.Context()
	_, err := s.Places(ctx, userID)
	must(t, err)
	_, err = s.ToggleBookmark(ctx, chat.Bookmark{
		ID: storetest.Message("", "", "").ID, UserID: userID, MessageID: storetest.Post(t, s, channelID, userID, "needle").ID, CreatedAt: storetest.Start,
	})
	must(t, err)
	word := chat.Clause{Any: [][]string{{"gneedl", "geedle"}, {"wneedl"}}}
	for _, clauses := range [][]chat.Clause{
		nil, {word}, {word, {Any: [][]string{{"u" + userID}}}}, {{Any: [][]string{{chat.TermReaction}}}}, {{Any: [][]string{{chat.TermPin}}}},
		{{Any: [][]string{{chat.TermThread}}, Not: true}}, {{Any: [][]string{{"s" + userID}}}},
	} {
		q := chat.Search{Channels: []string{channelID, userID}, Clauses: clauses, Since: storetest.Start, Limit: 10}
		hits, err := s.SearchMessages(ctx, q)
		must(t, err)
		if len(hits) > 0 {
			q.Before = hits[0].Position
			_, err = s.SearchMessages(ctx, q)
			must(t, err)
		}
	}
	s.indexOld(ctx)
}
