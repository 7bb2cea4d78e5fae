package chat_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

// meanings is a server of embeddings that knows what a few words are about.
type meanings struct {
	down  bool
	asked []string
}

var topics = [][]string{{"cat", "kitten", "feline", "pet"}, {"invoice", "money", "bill", "payment"}, {"boat", "ship", "sail"}}

func (m *meanings) embed(_ context.Context, texts []string) ([][]float32, error) {
	if m.down {
		return nil, errors.New("away")
	}
	m.asked = append(m.asked, texts...)
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if strings.Contains(text, "poison") {
			return nil, chat.ErrTextRefused
		}
		vectors[i] = make([]float32, len(topics)+1)
		vectors[i][len(topics)] = 0.05
		for n, words := range topics {
			for _, word := range words {
				if strings.Contains(strings.ToLower(text), word) {
					vectors[i][n]++
				}
			}
		}
	}
	return vectors, nil
}

// meaningWorld is a world with such a server.
func meaningWorld(t *testing.T, model string) (*world, *meanings) {
	w, m := newWorld(t), &meanings{}
	w.Service = w.with(&chat.Embedder{Model: model, Embed: m.embed})
	must(t, w.StartMeaning(t.Context()))
	w.embed(t)
	return w, m
}

// embed does what is due until nothing is.
func (w *world) embed(t *testing.T) {
	t.Helper()
	for range 20 {
		w.later(6 * time.Second)
		for _, work := range w.Tasks(func(err error) { t.Error(err) }) {
			if work.Kind == "meaning" || work.Kind == "meaning_message" {
				work.Once(t.Context())
			}
		}
	}
}

func (w *world) finds(t *testing.T, who accounts.User, query string) (found []string, r chat.Results) {
	t.Helper()
	r, err := w.SearchByMeaning(t.Context(), who, chat.Sought{Text: query, Limit: 20})
	must(t, err)
	for _, f := range r.Found {
		text := f.Content
		if f.Similar {
			text = "~" + text
		}
		found = append(found, text)
	}
	return found, r
}

func wantFound(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestASearchByMeaningFindsWhatIsNearAndMayBeSeen(t *testing.T) {
	w, _ := meaningWorld(t, "m1")
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, secret := w.channel(t, chat.Public, ada, ben), w.channel(t, chat.Private, ada)
	say := func(channelID, text string) chat.Message {
		m, err := w.PostMessage(t.Context(), ada, channelID, chat.Draft{Content: text})
		must(t, err)
		return m
	}
	kitten := say(c.ID, "the kitten sleeps")
	say(c.ID, "my cat ate it")
	say(c.ID, "the invoice is due")
	say(secret.ID, "a feline secret")
	say(c.ID, "poison pet")
	w.embed(t)

	got, _ := w.finds(t, ben, "cat")
	wantFound(t, "by ben", got, "my cat ate it", "~the kitten sleeps")
	got, _ = w.finds(t, ada, "cat")
	if !slices.Contains(got, "~a feline secret") || len(got) != 3 {
		t.Errorf("ada finds %q", got)
	}
	got, _ = w.finds(t, ada, "pet -kitten in:"+secret.Name)
	wantFound(t, "in one channel", got, "~a feline secret")
	got, _ = w.finds(t, ben, "pet -sleeps")
	wantFound(t, "without a word", got, "poison pet", "~my cat ate it")
	got, _ = w.finds(t, ben, `pet "kitten sleeps"`)
	wantFound(t, "with a phrase", got, "~the kitten sleeps")
	got, _ = w.finds(t, ben, "feline from:ben")
	wantFound(t, "of somebody else", got)
	got, _ = w.finds(t, ben, "feline is:saved")
	wantFound(t, "saved", got)
	must(t, w.SetBookmark(t.Context(), ben, kitten.ID, true))
	got, _ = w.finds(t, ben, "feline is:saved")
	wantFound(t, "saved by now", got, "~the kitten sleeps")

	must(t, w.RemoveMember(t.Context(), ada, c.ID, ben.ID))
	got, _ = w.finds(t, ben, "feline")
	wantFound(t, "after the channel was left", got)
}

func TestMeaningsFollowEditsAndDeletionsAndModels(t *testing.T) {
	w, server := meaningWorld(t, "m1")
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	var all []chat.Message
	for _, text := range []string{"a boat", "my kitten", "a ship"} {
		m, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: text})
		must(t, err)
		all = append(all, m)
	}
	notes, _, err := w.DirectChannel(t.Context(), ada, ada.ID)
	must(t, err)
	_, err = w.PostMessage(t.Context(), ada, notes.ID, chat.Draft{Content: "private feline"})
	must(t, err)
	w.embed(t)
	if slices.Contains(server.asked, "private feline") {
		t.Error("what was said in private left the server")
	}
	got, _ := w.finds(t, ada, "sail")
	wantFound(t, "at first", got, "~a ship", "~a boat")
	_, err = w.EditMessage(t.Context(), ada, all[1].ID, "we sail")
	must(t, err)
	must(t, w.DeleteMessage(t.Context(), ada, all[0].ID))
	w.embed(t)
	got, _ = w.finds(t, ada, "boat")
	wantFound(t, "after an edit and a deletion", got, "~a ship", "~we sail")

	w.Service = w.with(&chat.Embedder{Model: "m2", Embed: server.embed})
	got, _ = w.finds(t, ada, "boat")
	wantFound(t, "with a model that has read nothing", got)
	w.embed(t)
	got, _ = w.finds(t, ada, "boat")
	wantFound(t, "after it has", got, "~a ship", "~we sail")

	server.down = true
	got, r := w.finds(t, ada, "ship")
	wantFound(t, "without the server", got, "a ship")
	if !r.Away {
		t.Error("nobody is told that the server is away")
	}
	_, err = w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "a bill"})
	must(t, err)
	w.embed(t)
	server.down = false
	w.later(2 * time.Minute)
	w.embed(t)
	got, _ = w.finds(t, ada, "invoice")
	wantFound(t, "when it is back", got, "~a bill")
}
