package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/sqlite"
)

// instant is a store that keeps no message, so that what is measured is the door.
type instant struct {
	*sqlite.Store
	seq int64
}

func (i *instant) AppendMessage(_ context.Context, m chat.Message) (chat.Message, bool, error) {
	i.seq++
	m.Seq = i.seq
	return m, false, nil
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// sender returns a world over a store that is instant, and how a message is sent in it.
func sender(b *testing.B) (*world, func() *http.Request, accounts.User, string) {
	w := newWorld(b)
	w.chat = chat.NewService(chat.Options{
		Store: &instant{Store: w.store}, Events: w.broker, Now: now, Render: func(s string, _ func(string) bool) string { return s }, Renderer: 1,
		User: w.store.User, Users: w.store.Users, Connected: w.broker.Connected,
	})
	w.deps.Chat = w.chat
	w.route()
	who := w.join("ada")
	general := must1(w.store.ChannelByName(b.Context(), chat.General))
	path := "/api/chat/channels/" + general.ID + "/messages/send"
	template := request(who, "POST", path, "")
	template.Header.Set("Idempotency-Key", id.New(time.Now()))
	return w, func() *http.Request {
		r := template.Clone(b.Context())
		r.Body = http.NoBody
		return r
	}, who.User, general.ID
}

type body struct{ strings.Reader }

func (*body) Close() error { return nil }

// BenchmarkSend is the whole way of a post but for the disk: the middleware, the door and the rules.
func BenchmarkSend(b *testing.B) {
	w, next, _, _ := sender(b)
	b.ReportAllocs()
	for b.Loop() {
		r := next()
		reader := &body{}
		reader.Reset(`{"content":"Hello everyone, how are you today?"}`)
		r.Body = reader
		w.handler.ServeHTTP(&discard{http.Header{}}, r)
	}
}

// BenchmarkPost is the part of BenchmarkSend that is the rules and not the door.
func BenchmarkPost(b *testing.B) {
	w, next, user, channelID := sender(b)
	b.ReportAllocs()
	for b.Loop() {
		next() // so that the difference to BenchmarkSend holds no cost of the benchmark
		_, err := w.chat.PostMessage(b.Context(), user, channelID, chat.Draft{Content: "Hello everyone, how are you today?", Key: "key"})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLive is a request through the same middleware and guard that does nothing.
func BenchmarkLive(b *testing.B) {
	w, _, _, _ := sender(b)
	b.ReportAllocs()
	for b.Loop() {
		w.handler.ServeHTTP(&discard{http.Header{}}, httptest.NewRequest("GET", "/livez", nil))
	}
}

// BenchmarkHistory is a page of 50 with its authors.
func BenchmarkHistory(b *testing.B) {
	w := newWorld(b)
	who := w.join("ada")
	general := must1(w.store.ChannelByName(b.Context(), chat.General))
	for range 200 {
		_, err := w.chat.PostMessage(b.Context(), who.User, general.ID, chat.Draft{Content: "Hello everyone, how are you today?"})
		must(b, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		w.handler.ServeHTTP(&discard{http.Header{}}, request(who, "GET", "/api/chat/channels/"+general.ID+"/messages", nil))
	}
}
