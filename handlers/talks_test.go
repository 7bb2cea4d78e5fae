package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/internal/doortest"
)

var talkTable = map[string]cell{
	"GET /dm":                   {"/dm", "", signedIn},
	"POST /dm":                  {"/dm", "to={A}", acting},
	"GET /dm/new":               {"/dm/new?q=name", "", signedIn},
	"GET /dm/{user}":            {"/dm/{B}", "", sent},
	"GET /users/{user}":         {"/users/{A}", "", signedIn},
	"POST /chat/{channel}/hide": {"/chat/{P}/hide", "a=b", foreign},
}

func init() { maps.Copy(table, talkTable) }

// talk opens the conversation of somebody with others.
func (w *world) talk(who *actor, others ...*actor) chat.Channel {
	w.t.Helper()
	ids := make([]string, len(others))
	for i, o := range others {
		ids[i] = o.ID
	}
	if len(ids) == 1 {
		c, _, err := w.chat.DirectChannel(w.t.Context(), who.User, ids[0])
		must(w.t, err)
		return c
	}
	c, _, err := w.chat.GroupChannel(w.t.Context(), who.User, ids)
	must(w.t, err)
	return c
}

func TestAConversationIsBegunFromACardAndAnsweredWithoutScripts(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	w.get(ada, "/users").want(200, `href="/users/`+ben.ID+`"`)
	w.get(ada, "/users/"+ben.ID).want(200, "Name ben", "@ben", `action="/dm"`, "Channels you share", "general")
	to := w.post(ada, "/dm", "to", ben.ID).want(303).Header().Get("Location")
	w.get(ada, to).want(200, "Name ben · Pegasus", "Message Name ben", "Only the two of you can read it")
	if strings.Contains(w.get(ben, "/chat").Body.String(), to) {
		t.Error("an empty conversation is in the other's list")
	}
	w.post(ada, to+"/messages", "content", "hello").sends(to)
	w.get(ben, "/chat").want(200, to, "Name ada", `<span data-count>1</span>`)
	w.get(ben, "/dm").want(200, to, "Name ada", "hello")
	w.get(ben, "/dm/"+ada.ID).sends(to)
	w.get(ben, to).want(200, "hello", "Name ada")
}

func TestAConversationHasNoSettingsAndNobodyElseFindsIt(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve, boss := w.join("ada"), w.join("ben"), w.join("eve"), w.admin("boss")
	pair, group := w.talk(ada, ben), w.talk(ada, ben, w.join("cy"))
	m := w.say(ada, pair.ID, "canary-text")
	for _, c := range []chat.Channel{pair, group} {
		path := "/chat/" + c.ID
		page := w.get(ada, path).want(200).Body.String() + w.get(ada, path+"/members").want(200).Body.String()
		for _, part := range []string{"Channel settings", "/leave", "Find or add people", "/archive"} {
			if strings.Contains(page, part) {
				t.Errorf("the page of a conversation offers %q", part)
			}
		}
		w.get(ada, path+"/edit").sends(path)
		w.post(ada, path+"/leave").want(403)
		w.post(ada, path+"/edit", "name", "x", "type", "public").want(403)
		w.post(ada, path+"/members", "action", "add", "user_id", eve.ID).want(403)
		for _, who := range []*actor{eve, boss} {
			for _, part := range []string{"", "/members", "/edit", "/messages/" + m.ID + "/edit"} {
				if a := w.get(who, path+part).want(404); strings.Contains(a.Body.String(), "canary-text") {
					t.Errorf("%s sees %s", who.name, path+part)
				}
			}
			w.post(who, path+"/messages", "content", "x").want(404)
			w.post(who, path+"/hide").want(404)
		}
	}
	w.get(ada, "/chat/"+pair.ID+"/messages/"+m.ID+"/edit").want(200, "Your message in Name ben")
}

func TestAGroupIsPickedOverSeveralSearchesWithoutScripts(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.join("ada"), w.join("ben"), w.join("cy")
	page := w.get(ada, "/dm/new?q=cy&to="+ben.ID).want(200, "Name cy", "Name ben")
	if got := strings.Count(page.Body.String(), `type="checkbox"`); got != 2 || !strings.Contains(page.Body.String(), `value="`+ben.ID+`" checked`) {
		t.Errorf("the page offers %d people: %s", got, page.Body)
	}
	r := w.request(ada, "POST", "/dm", url.Values{"to": {ben.ID, cy.ID}})
	to := w.do(r).want(303).Header().Get("Location")
	w.get(ada, to).want(200, "Name ben, Name cy", "3 people")
	w.get(ada, to+"/members").want(200, "Name ada", "Name ben", "Name cy")
	again := w.do(w.request(cy, "POST", "/dm", url.Values{"to": {ada.ID, ben.ID}})).want(303).Header().Get("Location")
	if again != to {
		t.Errorf("the same people have %s and %s", to, again)
	}
	w.post(ada, "/dm").want(400, "Please choose somebody")
	w.do(w.request(ada, "POST", "/dm", url.Values{"to": {ben.ID, ada.ID}})).want(400, "A group has 3 to 9 people")
	w.post(ada, "/dm", "to", "ffffffffffffffffffffffff").want(404)
	w.get(ada, "/dm/ffffffffffffffffffffffff").want(404)
	w.get(ada, "/users/x").want(404)
}

func TestAConversationHasItsNotificationsFilesAndPinsAndAMutedOneIsQuiet(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.join("ada"), w.join("ben"), w.join("cy")
	pair, group := w.talk(ada, ben), w.talk(ada, ben, cy)
	for _, c := range []chat.Channel{pair, group} {
		path := "/chat/" + c.ID
		w.say(ben, c.ID, "hello")
		w.get(ada, path).want(200, path+"/notifications", path+"/files", path+"/pins", "#bell\"")
		w.get(ada, path+"/notifications").want(200, "Every message here is for you.")
		w.get(ada, "/users").want(200, `class="row unread" href="`+path+`"`)
		w.post(ada, path+"/notifications", "muted", "yes").sends(path)
		w.get(ada, path).want(200, "#bell-off")
		w.get(ada, "/users").want(200, `class="row muted" href="`+path+`"`)
		if page := w.get(ada, "/dm").want(200).Body.String(); strings.Contains(page, `class="n loud">1`) {
			t.Error("the list of conversations counts what is muted")
		}
	}
	w.say(ben, group.ID, "@"+ada.Username+" look")
	w.get(ada, "/users").want(200, `class="row unread muted" href="/chat/`+group.ID+`"`, `<span data-count>1</span>`)
}

func TestNotesToOneselfAreOneselfs(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	to := w.post(ada, "/dm", "to", ada.ID).want(303).Header().Get("Location")
	w.get(ada, to).want(200, "Name ada (you)", "This is your own space")
	w.post(ada, to+"/messages", "content", "buy milk").sends(to)
	w.get(ada, to).want(200, "buy milk")
	w.get(ada, "/users/"+ada.ID).want(200, "Notes to yourself", "Edit profile")
}

func TestAHiddenConversationComesBackWithItsNextMessage(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.talk(ada, ben)
	w.say(ben, c.ID, "one")
	path := "/chat/" + c.ID
	listed := func() bool { return strings.Contains(w.get(ada, "/chat").Body.String(), path+`"`) }
	w.post(ada, path+"/hide", "returnTo", "/dm").sends("/dm")
	if listed() {
		t.Error("a hidden conversation is listed")
	}
	w.get(ada, path).want(200, "one")
	w.say(ben, c.ID, "two")
	if !listed() {
		t.Error("the next message does not bring it back")
	}
	w.script(ada, "POST", path+"/hide").want(204)
}

func TestWhereNobodyReadsAnyMoreNothingCanBeWritten(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.talk(ada, ben)
	w.say(ben, c.ID, "farewell")
	must(t, w.accounts.RemoveUser(t.Context(), w.admin("boss").User, ben.ID))
	page := w.get(ada, "/chat/"+c.ID).want(200, "farewell", "Deleted account", "Nobody is there to receive messages here any more")
	if strings.Contains(page.Body.String(), `id="composer"`) {
		t.Error("there is a box to write in")
	}
	w.get(ada, "/users/"+ben.ID).want(404)
	w.get(ada, "/users").want(200)
}

func TestNewsOfConversationsReachTheirPeopleAlone(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve := w.join("ada"), w.join("ben"), w.join("eve")
	srv := w.server()
	hers, his, others := w.listen(srv, ada, "", ""), w.listen(srv, ben, "", ""), w.listen(srv, eve, "", "")
	c := w.talk(ada, ben)
	hers.until("conversation_opened").about(t, c.ID)
	w.say(ada, c.ID, "hello")
	his.until("conversation_opened").about(t, c.ID)
	his.until("channel_updated").about(t, c.ID)
	must(t, w.chat.HideConversation(t.Context(), ben.User, c.ID))
	his.until("conversation_hidden").about(t, c.ID)
	w.say(eve, w.general().ID, "the end")
	others.until("channel_updated").about(t, w.general().ID)
	if strings.Contains(others.raw.String(), c.ID) {
		t.Errorf("somebody else is told %s", others.raw.String())
	}
}

func (e happened) about(t *testing.T, channelID string) {
	t.Helper()
	if !strings.Contains(e.data, channelID) {
		t.Errorf("%s is about %s, not %s", e.name, e.data, channelID)
	}
}

// counted counts the reads that a page makes of conversations and of people, and of each kind at most one a thing.
type counted struct {
	chat.Store
	reads atomic.Int64
}

func (c *counted) Channel(ctx context.Context, id string) (chat.Channel, error) {
	c.reads.Add(1)
	return c.Store.Channel(ctx, id)
}

func (c *counted) Membership(ctx context.Context, channelID, userID string) (chat.Channel, chat.Member, error) {
	c.reads.Add(1)
	return c.Store.Membership(ctx, channelID, userID)
}

func (c *counted) Members(ctx context.Context, channelID, after string, limit int) ([]chat.Member, error) {
	c.reads.Add(1)
	return c.Store.Members(ctx, channelID, after, limit)
}

func (c *counted) MembersOf(ctx context.Context, channelIDs []string) ([]chat.Member, error) {
	c.reads.Add(1)
	return c.Store.MembersOf(ctx, channelIDs)
}

func (c *counted) Conversations(
	ctx context.Context, userID string, before time.Time, beforeID string, limit int,
) ([]chat.Joined, error) {
	c.reads.Add(1)
	return c.Store.Conversations(ctx, userID, before, beforeID, limit)
}

func (c *counted) JoinedChannels(ctx context.Context, userID string) ([]chat.Joined, error) {
	c.reads.Add(1)
	return c.Store.JoinedChannels(ctx, userID)
}

func (c *counted) JoinedPlaces(ctx context.Context, userID string) ([]chat.Joined, error) {
	c.reads.Add(1)
	return c.Store.JoinedPlaces(ctx, userID)
}

func (c *counted) UnreadMentions(ctx context.Context, userID string) (map[string]int64, error) {
	c.reads.Add(1)
	return c.Store.UnreadMentions(ctx, userID)
}

func (c *counted) UnreadThreads(ctx context.Context, userID string) (int, error) {
	c.reads.Add(1)
	return c.Store.UnreadThreads(ctx, userID)
}

func (c *counted) Message(ctx context.Context, id string) (chat.Message, error) {
	c.reads.Add(1)
	return c.Store.Message(ctx, id)
}

func (c *counted) Messages(ctx context.Context, channelID string, page chat.Page) ([]chat.Message, error) {
	c.reads.Add(1)
	return c.Store.Messages(ctx, channelID, page)
}

func (c *counted) Reactions(ctx context.Context, messageIDs []string) ([]chat.Reacted, error) {
	c.reads.Add(1)
	return c.Store.Reactions(ctx, messageIDs)
}

func (c *counted) BookmarkedBy(ctx context.Context, userID string, messageIDs []string) ([]string, error) {
	c.reads.Add(1)
	return c.Store.BookmarkedBy(ctx, userID, messageIDs)
}

// countedPeople counts the reads of people.
type countedPeople struct {
	accounts.Store
	reads *atomic.Int64
}

func (c countedPeople) User(ctx context.Context, id string) (accounts.User, error) {
	c.reads.Add(1)
	return c.Store.User(ctx, id)
}

func (c countedPeople) Users(ctx context.Context, ids []string) ([]accounts.User, error) {
	c.reads.Add(1)
	return c.Store.Users(ctx, ids)
}

func TestAPageMakesAsManyReadsOfFiveHundredChannelsAsOfOne(t *testing.T) {
	reads := &counted{}
	w := newWorldOf(t, doortest.Options{
		Chat: func(s chat.Store) chat.Store { reads.Store = s; return reads },
		Accounts: func(o *accounts.Options) {
			o.Store = countedPeople{o.Store, &reads.reads}
		},
	})
	ada, ben, cy := w.join("ada"), w.join("ben"), w.join("cy")
	w.talk(ada, ben, cy)
	w.say(ben, w.channel(ben, "first", chat.Private, ada).ID, "unread")
	room, pair := w.general(), w.talk(ada, ben)
	for i := range 10 {
		w.say([]*actor{ben, cy}[i%2], room.ID, fmt.Sprint("line ", i))
		w.say(ben, pair.ID, fmt.Sprint("line ", i))
	}
	count := func(path string) int64 {
		before := reads.reads.Load()
		w.get(ada, path).want(http.StatusOK)
		return reads.reads.Load() - before
	}
	paths := []string{"/chat/" + room.ID, "/chat/" + pair.ID, "/dm", "/chat"}
	few := map[string]int64{}
	for _, path := range paths {
		few[path] = count(path)
	}
	w.crowd(ada, ben, 500, 300)
	for _, path := range paths {
		if many := count(path); many != few[path] || many > 25 {
			t.Errorf("%s makes %d reads, and %d with few channels", path, many, few[path])
		}
	}
	if rows := strings.Count(w.get(ada, "/chat/"+room.ID).Body.String(), "data-channel-row="); rows < 530 || rows > 830 {
		t.Errorf("the sidebar has %d rows", rows)
	}
}

// crowd puts somebody into many channels and conversations, some of them with unread messages of another person.
func (w *world) crowd(who, other *actor, channels, talks int) {
	w.t.Helper()
	at := now()
	put := func(i int, c chat.Channel, people ...string) {
		c.ID, c.CreatedAt, c.MemberCount = id.New(at), at, len(people)
		members := make([]chat.Member, len(people))
		for j, userID := range people {
			members[j] = chat.Member{ChannelID: c.ID, UserID: userID, Role: chat.RolePeer, JoinedAt: at}
		}
		must(w.t, w.store.CreateChannel(w.t.Context(), c, members))
		if i%50 == 0 {
			w.say(other, c.ID, "unread")
		}
	}
	for i := range channels {
		put(i, chat.Channel{Name: fmt.Sprint("many-", i), Type: chat.Private}, who.ID, other.ID)
	}
	for i := range talks {
		put(i, chat.Channel{Type: chat.Group, Key: fmt.Sprint("group_", i)}, who.ID, other.ID)
	}
}
