package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"pegasus/chat"
	"pegasus/internal/doortest"
	"pegasus/views"
)

// readings is a store that counts what the page of a channel reads of places in it and of what stands in it.
type readings struct {
	chat.Store
	places, pages, drafts, frames atomic.Int64
}

func (c *readings) JoinedPlaces(ctx context.Context, userID string) ([]chat.Joined, error) {
	c.frames.Add(1)
	return c.Store.JoinedPlaces(ctx, userID)
}

func (c *readings) Membership(ctx context.Context, channelID, userID string) (chat.Channel, chat.Member, error) {
	c.places.Add(1)
	return c.Store.Membership(ctx, channelID, userID)
}

func (c *readings) Messages(ctx context.Context, channelID string, page chat.Page) ([]chat.Message, error) {
	c.pages.Add(1)
	return c.Store.Messages(ctx, channelID, page)
}

func (c *readings) Draft(ctx context.Context, userID, channelID, rootID string) (chat.SavedDraft, error) {
	c.drafts.Add(1)
	return c.Store.Draft(ctx, userID, channelID, rootID)
}

func (c *readings) read() string {
	return fmt.Sprintf("%d places, %d pages, %d drafts", c.places.Swap(0), c.pages.Swap(0), c.drafts.Swap(0))
}

func TestAPageOfAConversationLooksUpItsViewerOnce(t *testing.T) {
	store := &readings{}
	w := newWorldOf(t, doortest.Options{Chat: func(s chat.Store) chat.Store { store.Store = s; return store }})
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "plans", chat.Private, ben)
	for i := range 30 {
		w.say(ben, c.ID, fmt.Sprint("message ", i))
	}
	direct, _, err := w.chat.DirectChannel(t.Context(), ben.User, ada.ID)
	must(t, err)
	w.say(ben, direct.ID, "psst")
	store.read()
	for _, id := range []string{c.ID, direct.ID} {
		if answer := w.get(ada, "/chat/"+id); answer.Code != http.StatusOK {
			t.Fatal(answer.Code)
		}
		if got := store.read(); got != "1 places, 1 pages, 1 drafts" {
			t.Errorf("a page reads %s", got)
		}
	}
}

func TestTheFrameOfAPageIsReadWithoutItsMessages(t *testing.T) {
	store := &readings{}
	w := newWorldOf(t, doortest.Options{Chat: func(s chat.Store) chat.Store { store.Store = s; return store }})
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "plans", chat.Private, ben)
	direct, _, err := w.chat.DirectChannel(t.Context(), ben.User, ada.ID)
	must(t, err)
	store.read()
	for path, shows := range map[string]string{
		"/frame": "", "/chat/" + c.ID + "/frame": `<main data-keeps-order data-writes>`, "/chat/" + direct.ID + "/frame": `<main data-writes>`,
	} {
		w.script(ada, "GET", path).want(200, `id="sidebar"`, ">plans<", shows)
		if pages, drafts := store.pages.Swap(0), store.drafts.Swap(0); pages+drafts != 0 {
			t.Errorf("%s reads %d pages and %d drafts", path, pages, drafts)
		}
	}
	only := chat.Admins
	_, err = w.chat.UpdateChannel(t.Context(), ada.User, c.ID, chat.ChannelChange{Posting: &only})
	must(t, err)
	w.script(ben, "GET", "/chat/"+c.ID+"/frame").want(200, `<main>`)
}

func TestAPanelThatAScriptAsksForReadsNothingOfTheConversationBesideIt(t *testing.T) {
	store := &readings{}
	w := newWorldOf(t, doortest.Options{Chat: func(s chat.Store) chat.Store { store.Store = s; return store }})
	ada, ben := w.admin("ada"), w.join("ben")
	c := w.channel(ada, "plans", chat.Private, ben)
	m := w.say(ada, c.ID, "the lighthouse")
	w.reply(ben, m, "a reply")
	for path, drafts := range map[string]int{
		"/members": 0, "/files": 0, "/pins": 0, "/messages/" + m.ID + "/history": 0, "/thread/" + m.ID: 1, "/edit": 0, "/about": 0, "/search?q=lighthouse": 0,
	} {
		store.read()
		store.frames.Store(0)
		w.script(ada, "GET", "/chat/"+c.ID+path).want(200, `id="panel"`)
		if shows := path == "/about" || strings.HasPrefix(path, "/search"); !shows && store.frames.Load() != 0 {
			t.Errorf("%s reads the sidebar, of which it shows nothing", path)
		}
		if pages, read := store.pages.Load(), store.drafts.Load(); pages != 0 || read != int64(drafts) {
			t.Errorf("%s reads %d pages and %d drafts, want %d", path, pages, read, drafts)
		}
	}
	w.script(ada, "GET", "/chat/"+c.ID+"/edit").want(200, "How long messages are kept")
	store.read()
	w.script(ada, "GET", "/chat/"+c.ID+"/thread/"+m.ID).want(200)
	if places := store.places.Swap(0); places != 3 { // by the message, by its channel, by the thread
		t.Errorf("a thread asks %d times for its viewer's place", places)
	}
	w.script(ada, "GET", "/chat/"+c.ID+"/members").want(200)
	if places := store.places.Load(); places != 2 { // for the channel, and for the list
		t.Errorf("the members ask %d times for their viewer's place", places)
	}
	linked := w.reply(ben, m, "see "+w.deps.URL+views.MessageLink(c.ID, m.ID))
	w.script(ada, "GET", "/chat/"+c.ID+"/thread/"+linked.ID).want(200, `class="quoted"`)
}
