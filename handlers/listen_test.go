package handlers

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// server serves the door to real clients.
func (w *world) server() *httptest.Server {
	srv := httptest.NewServer(w.handler)
	w.t.Cleanup(srv.Close)
	w.t.Cleanup(func() { w.broker.Close(context.Background()) })
	return srv
}

// stream is an open stream as a page reads it.
type stream struct {
	t    testing.TB
	body io.ReadCloser
	in   *bufio.Reader
	raw  strings.Builder
	last string
}

type happened struct{ id, name, data string }

// listen opens a stream and reads the greeting.
func (w *world) listen(srv *httptest.Server, who *actor, channelID, after string) *stream {
	w.t.Helper()
	r := w.request(who, "GET", srv.URL+"/events?channel="+channelID+"&after="+after, nil)
	r.RequestURI = ""
	res, err := srv.Client().Do(r)
	must(w.t, err)
	w.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || res.Header.Get("Cache-Control") != "no-store" {
		w.t.Fatalf("stream is %d %v", res.StatusCode, res.Header)
	}
	st := &stream{t: w.t, body: res.Body, in: bufio.NewReader(res.Body)}
	if e := st.next(); e.name != "connected" || e.id == "" {
		w.t.Fatalf("the first event is %+v", e)
	}
	return st
}

// next reads one event; at the end of the stream it is the zero one.
func (st *stream) next() (e happened) {
	var data []string
	for {
		line, err := st.in.ReadString('\n')
		st.raw.WriteString(line)
		if err != nil {
			return happened{}
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && e.name != "":
			if e.id != "" {
				st.last = e.id
			}
			e.data = strings.Join(data, "\n")
			return e
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			data = append(data, value)
		}
	}
}

// until reads up to the next event with this name and returns it.
func (st *stream) until(name string) happened {
	st.t.Helper()
	for {
		e := st.next()
		if e.name == "" {
			st.t.Fatalf("the stream ended before %s, after %q", name, st.raw.String())
		}
		if e.name == name {
			return e
		}
	}
}
