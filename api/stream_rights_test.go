package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"pegasus/chat"
	"pegasus/events"
	"pegasus/web"
)

// Who is removed receives nothing more once the removal has returned, not on resuming either; outsiders never did.
func TestStreamRights(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	outside, inside := s.listen(srv, s.outsider, "", ""), s.listen(srv, s.member, "", "")
	s.post(s.keeper, s.channel.ID, "seen")
	inside.until("new_message")
	seen := inside.last
	s.post(s.keeper, s.channel.ID, "missed")
	s.call(s.keeper, "DELETE", "/api/chat/channels/"+s.channel.ID+"/members/"+s.member.ID, nil).want(200)
	s.post(s.keeper, s.channel.ID, "secret")
	must(t, s.chat.SetTyping(t.Context(), s.keeper.User, s.channel.ID, true))
	general, err := s.store.ChannelByName(t.Context(), chat.General)
	must(t, err)
	s.post(s.keeper, general.ID, "the end")
	back := s.listen(srv, s.member, "", seen)
	for name, st := range map[string]*stream{"removed": inside, "resumed": back, "outsider": outside} {
		for {
			_, e := st.until("new_message")
			if strings.Contains(e.data, "the end") {
				break
			}
			if name != "removed" || !strings.Contains(e.data, "missed") {
				t.Errorf("%s got %s", name, e.data)
			}
		}
		if strings.Contains(st.raw.String(), "secret") {
			t.Errorf("%s: %s", name, st.raw.String())
		}
	}
	if strings.Contains(outside.raw.String(), s.channel.ID) {
		t.Errorf("outsider: %s", outside.raw.String())
	}
}

func TestSignOutEndsStreams(t *testing.T) {
	for _, path := range []string{"/api/auth/sign-out", "/api/auth/logout"} {
		s := newScene(t)
		srv := s.server()
		one := s.listen(srv, s.member, "", "")
		other := *s.member
		two := s.listen(srv, s.signIn(&other), "", "")
		s.call(s.member, "POST", path, `{}`).want(200)
		if n := s.broker.Streams(); n != 1 {
			t.Errorf("%s: %d streams go on", path, n)
		}
		one.until("signed_out")
		if e := one.next(); e.name != "" {
			t.Errorf("%s: after the end came %+v", path, e)
		}
		s.post(s.keeper, must1(s.store.ChannelByName(t.Context(), chat.General)).ID, "still here")
		two.until("new_message")
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestStreamFraming(t *testing.T) {
	s := newScene(t)
	s.set("work")
	st := s.listen(s.server(), s.member, "", "")
	hostile := []string{"a\n\nevent: new_message\ndata: {}\n\nb", "a\rid: 1\rb", "a\u2028\u2029b", "data: x\n: y\nretry: 1", "a\u0085b\v\f"}
	for _, text := range hostile {
		s.post(s.keeper, s.channel.ID, text)
	}
	for _, text := range hostile {
		_, e := st.until("new_message")
		if got := (answered{&httptest.ResponseRecorder{Body: newBuffer(e.data)}, t}).field("content"); got != text {
			t.Errorf("%q came as %q", text, got)
		}
	}
	if n := strings.Count(st.raw.String(), "\nevent: new_message\n"); n != len(hostile) {
		t.Errorf("%d events for %d messages: %q", n, len(hostile), st.raw.String())
	}
}

func TestStreamsOfOnePerson(t *testing.T) {
	s := newScene(t)
	srv := s.server()
	oldest := s.listen(srv, s.member, "", "")
	for range events.MaxStreams {
		s.listen(srv, s.member, "", "")
	}
	oldest.until("replaced")
	if e := oldest.next(); e.name != "" {
		t.Errorf("after the end came %+v", e)
	}
	if n := s.broker.Streams(); n > events.MaxStreams {
		t.Errorf("%d streams are open", n)
	}
}

func TestStreamIsForOurPages(t *testing.T) {
	s := newScene(t)
	s.call(nil, "GET", "/api/events", nil).want(401, "AUTH_REQUIRED")
	for _, site := range []string{"cross-site", "same-site"} {
		r := request(s.member, "GET", "/api/events", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		s.do(r).want(403, "INVALID_ORIGIN")
	}
}

// A session that ends while its stream is being opened leaves no stream behind.
func TestStreamOfAnEndedSession(t *testing.T) {
	s := newScene(t)
	r := chi.NewRouter()
	r.Use(s.deps.Sessions.Load(web.WriteJSONError), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			must(t, s.accounts.EndSessions(r.Context(), s.member.ID, ""))
			next.ServeHTTP(w, r)
		})
	})
	must(t, Routes(r, s.deps))
	s.handler = r
	s.call(s.member, "GET", "/api/events", nil).want(401)
	if n := s.broker.Streams(); n != 0 {
		t.Errorf("%d streams are open", n)
	}
}
