package mongo

import (
	"testing"

	"pegasus/id"
	"pegasus/notify"
	"pegasus/store/storetest"
)

// exerciseBrowsers calls every method about browsers that are told what people miss.
func exerciseBrowsers(t *testing.T, s *Store) {
	ctx, userID, session := t.Context(), id.New(storetest.Start), id.New(storetest.Start)
	for _, name := range []string{"b1", "b2"} {
		b := notify.Browser{ID: name, UserID: userID, SessionID: session, CreatedAt: storetest.Start}
		must(t, s.PutBrowser(ctx, b, 1))
	}
	_, err := s.Browsers(ctx, []string{userID, id.New(storetest.Start)})
	must(t, err)
	_, err = s.Browser(ctx, userID, "b2")
	must(t, err)
	must(t, s.TouchBrowser(ctx, "b2", storetest.Start))
	must(t, s.MoveBrowsers(ctx, userID, session, id.New(storetest.Start)))
	must(t, s.DeleteBrowsers(ctx, userID, []string{"b2"}))
}
