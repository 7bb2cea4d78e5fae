package handlers

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/embed"
	"pegasus/internal/doortest"
)

func TestASearchByMeaningMarksWhatItFinds(t *testing.T) {
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = append(sent, string(body))
		fmt.Fprint(w, `{"data":[{"index":0,"embedding":[1,0.1]}]}`)
	}))
	defer server.Close()
	w := newWorldOf(t, doortest.Options{Embedder: embed.Server{BaseURL: server.URL, Model: "m"}.Embedder()})
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private)
	m := w.say(ada, c.ID, "the kitten sleeps")
	w.say(ada, c.ID, "a feline thing")
	must(t, w.store.SaveEmbeddings(t.Context(), []chat.Embedding{{MessageID: m.ID, ChannelID: c.ID, Model: "m", Vector: chat.Pack([]float32{1, 0})}}))

	page := w.get(ada, "/search?q=feline").want(200, "By meaning", `meaning=yes`)
	if len(sent) > 0 || strings.Contains(page.Body.String(), "kitten") {
		t.Errorf("a search for words asked for meanings: %v", sent)
	}
	w.get(ada, "/search?q=feline&meaning=yes").want(200, "the kitten sleeps", ">Similar<", `name="meaning" value="yes"`, "Remove: By meaning", "from%3Ame&amp;meaning=yes")
	if len(sent) != 1 || !strings.Contains(sent[0], `"input":["feline"]`) {
		t.Errorf("sent was %v", sent)
	}
	if strings.Contains(w.get(ben, "/search?q=feline&meaning=yes").want(200).Body.String(), "kitten") {
		t.Error("a message is found by who may not see it")
	}
	server.Close()
	w.get(ada, "/search?q=feline&meaning=yes").want(200, "Search by meaning is away", "thing")
}

func TestWithoutAServerOfMeaningsNothingOffersThem(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.say(ada, w.general().ID, "a feline thing")
	if body := w.get(ada, "/search?q=feline&meaning=yes").want(200, "thing").Body.String(); strings.Contains(body, "By meaning") || strings.Contains(body, "is away") {
		t.Error("search by meaning is offered")
	}
}
