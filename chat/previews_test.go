package chat_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// web is the pages that links lead to in these tests: each says its own address, but those with "nothing" in it.
type web struct {
	*world
	mu      sync.Mutex
	asked   []string
	updates chan chat.MessageUpdated
	hold    func()
}

func (p *web) Publish(topic string, payload any) {
	p.world.Publish(topic, payload)
	if u, ok := payload.(chat.MessageUpdated); ok {
		p.updates <- u
	}
}

func (p *web) links(html string) (links []string) {
	for _, word := range strings.Fields(strings.NewReplacer("<p>", "", "</p>", "").Replace(html)) {
		if strings.HasPrefix(word, "https://") {
			links = append(links, word)
		}
	}
	return links
}

func (p *web) fetch(_ context.Context, address string) (chat.Preview, error) {
	p.mu.Lock()
	p.asked = append(p.asked, address)
	p.mu.Unlock()
	if p.hold != nil {
		p.hold()
	}
	if strings.Contains(address, "nothing") {
		return chat.Preview{}, errors.New("nothing")
	}
	return chat.Preview{Title: "about " + address}, nil
}

// newWeb returns a world in which one link is looked at after the other.
func newWeb(t *testing.T) *web {
	p := &web{world: newWorld(t), updates: make(chan chat.MessageUpdated, 100)}
	p.Service = chat.NewService(chat.Options{
		Store: p.store, Events: p, Now: p.now, Render: render, Names: text.Names, Renderer: 3, User: p.store.User, Users: p.store.Users,
		Connected: p.broker.Connected, UserNamed: p.store.UserByUsername, Previewer: &chat.Previewer{Links: p.links, Fetch: p.fetch},
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		p.RunPreviews(ctx, func(err error) { t.Error(err) })
		close(done)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return p
}

func (p *web) next(t *testing.T) chat.Message {
	t.Helper()
	select {
	case u := <-p.updates:
		return u.Message
	case <-time.After(10 * time.Second):
		t.Fatal("no message was updated")
		return chat.Message{}
	}
}

func titles(m chat.Message) (out []string) {
	for _, p := range chat.Shown(m.Previews) {
		out = append(out, strings.TrimPrefix(p.Title, "about "))
	}
	return out
}

func (p *web) wants(t *testing.T, want ...string) chat.Message {
	t.Helper()
	m := p.next(t)
	if got := titles(m); !slices.Equal(got, want) {
		t.Fatalf("previews %q, want %q", got, want)
	}
	return m
}

func TestTheFirstLinksOfAMessageAreShownLiveAndWithoutAnEdit(t *testing.T) {
	p := newWeb(t)
	ada := p.person(t, "ada", accounts.RoleUser)
	c := p.channel(t, chat.Public, ada)
	m := p.post(t, ada, c.ID, "https://a.example https://nothing.example https://b.example https://c.example")
	shown := p.wants(t, "https://a.example", "https://b.example")
	if shown.ID != m.ID || !shown.EditedAt.IsZero() || shown.Previews[0].URL != "https://a.example" {
		t.Errorf("the update is %+v", shown)
	}
	read, err := p.Message(t.Context(), ada, m.ID)
	must(t, err)
	if !slices.Equal(read.Previews, shown.Previews) || len(p.asked) != chat.MaxPreviews {
		t.Errorf("read %+v after asking %q", read.Previews, p.asked)
	}
}

func TestAnEditKeepsWhatStaysAndDropsWhatGoes(t *testing.T) {
	p := newWeb(t)
	ada := p.person(t, "ada", accounts.RoleUser)
	c := p.channel(t, chat.Public, ada)
	m := p.post(t, ada, c.ID, "https://a.example https://b.example")
	p.wants(t, "https://a.example", "https://b.example")
	_, err := p.EditMessage(t.Context(), ada, m.ID, "https://b.example https://c.example")
	must(t, err)
	p.next(t) // the edit itself
	p.wants(t, "https://b.example", "https://c.example")
	_, err = p.EditMessage(t.Context(), ada, m.ID, "no link")
	must(t, err)
	p.next(t)
	p.wants(t)
	if want := []string{"https://a.example", "https://b.example", "https://c.example"}; !slices.Equal(p.asked, want) {
		t.Errorf("asked %q, want %q", p.asked, want)
	}
}

func TestAPreviewThatItsAuthorTookAwayStaysAway(t *testing.T) {
	p := newWeb(t)
	ada, ben, boss := p.person(t, "ada", accounts.RoleUser), p.person(t, "ben", accounts.RoleUser), p.person(t, "boss", accounts.RoleAdmin)
	c := p.channel(t, chat.Private, ada, ben)
	m := p.post(t, ada, c.ID, "https://a.example https://b.example")
	p.wants(t, "https://a.example", "https://b.example")
	for _, other := range []accounts.User{ben, boss} {
		if _, err := p.RemovePreview(t.Context(), other, m.ID, "https://a.example"); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s takes it away: %v", other.Username, err)
		}
	}
	for range 2 {
		_, err := p.RemovePreview(t.Context(), ada, m.ID, "https://a.example")
		must(t, err)
	}
	p.wants(t, "https://b.example")
	_, err := p.EditMessage(t.Context(), ada, m.ID, "https://a.example again")
	must(t, err)
	p.next(t)
	p.wants(t)
	if n := len(p.asked); n != 2 {
		t.Errorf("asked %q", p.asked)
	}
}

func TestLinksOfConversationsAreLeftAlone(t *testing.T) {
	p := newWeb(t)
	ada, ben := p.person(t, "ada", accounts.RoleUser), p.person(t, "ben", accounts.RoleUser)
	two, _, err := p.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	m := p.post(t, ada, two.ID, "https://secret.example")
	_, err = p.EditMessage(t.Context(), ada, m.ID, "https://secret.example/2")
	must(t, err)
	p.next(t)
	p.post(t, ada, p.channel(t, chat.Public, ada).ID, "https://a.example")
	p.wants(t, "https://a.example")
	if want := []string{"https://a.example"}; !slices.Equal(p.asked, want) {
		t.Errorf("asked %q", p.asked)
	}
}

func TestAMessageThatIsGoneOrOtherByThenIsNotTouched(t *testing.T) {
	p := newWeb(t)
	ada := p.person(t, "ada", accounts.RoleUser)
	c := p.channel(t, chat.Public, ada)
	var change func()
	p.hold = func() {
		if change != nil {
			change()
			change = nil
		}
	}
	var m chat.Message
	ready := make(chan struct{})
	change = func() {
		<-ready
		must(t, p.DeleteMessage(context.Background(), ada, m.ID))
	}
	m = p.post(t, ada, c.ID, "https://a.example")
	close(ready)
	p.post(t, ada, c.ID, "https://b.example")
	p.wants(t, "https://b.example")
	if gone, err := p.store.Message(t.Context(), m.ID); err != nil || len(gone.Previews) != 0 {
		t.Errorf("the deleted message has %+v, %v", gone.Previews, err)
	}
}
