package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"pegasus/chat"
)

func TestShapesOfReactions(t *testing.T) {
	s := newScene(t)
	s.set("work")
	channel := "/api/chat/channels/" + s.channel.ID
	path := channel + "/messages/" + s.message.ID + "/reactions"
	s.call(s.member, "POST", path, `{"emoji":"👍"}`).exactly(200, `{"success":true,"reaction":{"messageId":"ID","userId":"ID","emoji":"👍"},`+
		`"reactions":[{"emoji":"👍","count":1,"users":["ID"]}]}`)
	s.call(s.keeper, "POST", path, `{"emoji":"❤"}`).exactly(200, `{"success":true,"reaction":{"messageId":"ID","userId":"ID","emoji":"❤️"},`+
		`"reactions":[{"emoji":"👍","count":1,"users":["ID"]},{"emoji":"❤️","count":1,"users":["ID"]}]}`)
	s.call(s.keeper, "POST", path, `{"emoji":"👍"}`).exactly(200, `{"success":true,"reaction":{"messageId":"ID","userId":"ID","emoji":"👍"},`+
		`"reactions":[{"emoji":"👍","count":2,"users":["ID","ID"]},{"emoji":"❤️","count":1,"users":["ID"]}]}`)
	both := `"reactions":[{"emoji":"👍","count":2,"users":["ID","ID"]},{"emoji":"❤️","count":1,"users":["ID"]}]`
	s.call(s.member, "GET", "/api/chat/messages/"+s.message.ID, nil).
		exactly(200, `{"message":{"id":"ID","channel_id":"ID","seq":1,"content":"canary-text",`+both+`,"pinned":false,"bookmarked":false}}`)
	if got := masked(s.call(s.member, "GET", channel+"/messages", nil).Body.String()); !strings.Contains(got, both) {
		t.Errorf("the history is %s", got)
	}
	one := `{"success":true,"reactions":[{"emoji":"❤️","count":1,"users":["ID"]}]}`
	s.call(s.member, "DELETE", path+"?emoji="+url.QueryEscape("👍"), nil).want(200)
	s.call(s.member, "DELETE", path+"?emoji="+url.QueryEscape("👍"), nil).want(200) // as good as done
	s.call(s.keeper, "DELETE", path, `{"emoji":"👍"}`).exactly(200, one)
	s.call(s.member, "DELETE", path, nil).exactly(200, one)
	s.call(s.keeper, "POST", path, `{"emoji":"👍"}`).want(200)
	s.call(s.keeper, "DELETE", path, `{}`).exactly(200, `{"success":true,"reactions":[]}`)

	for _, emoji := range []string{"", "a", ":smile:", "👍👍", strings.Repeat("👍", 11), "<img>"} {
		body, _ := json.Marshal(map[string]string{"emoji": emoji})
		s.call(s.member, "POST", path, string(body)).want(400, "INVALID_EMOJI")
		if emoji != "" {
			s.call(s.member, "DELETE", path, string(body)).want(400, "INVALID_EMOJI")
			s.call(s.member, "DELETE", path+"?emoji="+url.QueryEscape(emoji), nil).want(400, "INVALID_EMOJI")
		}
	}
	for i := range chat.MaxReactions {
		s.call(s.member, "POST", path, fmt.Sprintf(`{"emoji":"%c"}`, 0x1F400+i)).want(200)
	}
	s.call(s.keeper, "POST", path, `{"emoji":"👍"}`).want(409, "TOO_MANY_REACTIONS")

	other, err := s.chat.CreateChannel(t.Context(), s.keeper.User, chat.NewChannel{Name: "other"})
	must(t, err)
	wrong := "/api/chat/channels/" + other.ID + "/messages/" + s.message.ID + "/reactions"
	s.call(s.keeper, "POST", wrong, `{"emoji":"👍"}`).want(404, "MESSAGE_NOT_FOUND")
	s.call(s.member, "POST", wrong, `{"emoji":"👍"}`).want(403, "NOT_A_MEMBER")
	s.call(s.member, "DELETE", wrong, nil).want(403, "NOT_A_MEMBER")
}

func TestShapesOfBookmarksAndPins(t *testing.T) {
	s := newScene(t)
	s.set("work")
	one := "/api/chat/messages/" + s.message.ID
	shape := func(pinned, bookmarked bool) string {
		return fmt.Sprintf(`"message":{"id":"ID","channel_id":"ID","seq":1,"user_id":"ID","user":{"id":"ID","name":"Name member","email":"","avatar":null},`+
			`"content":"canary-text","parent_message_id":null,"attachments":[],"reactions":[],"created_at":"TIME","updated_at":"TIME","edited_at":null,`+
			`"is_deleted":false,"pinned":%v,"bookmarked":%v,"reply_count":0,"last_reply_at":null,"participants":[]}`, pinned, bookmarked)
	}
	s.call(s.keeper, "GET", "/api/chat/bookmarks", nil).exactly(200, `{"bookmarks":[]}`)
	s.call(s.keeper, "POST", one+"/bookmark", nil).exactly(200, `{"bookmarked":true}`)
	s.call(s.keeper, "GET", "/api/chat/bookmarks", nil).exactly(200, `{"bookmarks":[{"bookmarked_at":"TIME",`+shape(false, true)+`}]}`)
	s.call(s.member, "GET", "/api/chat/bookmarks", nil).exactly(200, `{"bookmarks":[]}`)
	pins := "/api/chat/channels/" + s.channel.ID + "/pins"
	s.call(s.member, "GET", pins, nil).exactly(200, `{"pins":[]}`)
	s.call(s.member, "POST", one+"/pin", nil).exactly(200, `{"pinned":true}`)
	s.call(s.member, "GET", pins, nil).exactly(200, `{"pins":[{"pinned_at":"TIME","pinned_by":"ID",`+
		strings.Replace(shape(true, false), `"email":""`, `"email":"member@example.test"`, 1)+`}]}`)
	s.call(s.keeper, "GET", one, nil).exactly(200, `{"message":{"id":"ID","channel_id":"ID","seq":1,"content":"canary-text","reactions":[],"pinned":true,"bookmarked":true}}`)
	s.call(s.keeper, "POST", one+"/pin", nil).exactly(200, `{"pinned":false}`)
	s.call(s.keeper, "POST", one+"/bookmark", nil).exactly(200, `{"bookmarked":false}`)

	for range 5 {
		m := s.post(s.member, s.channel.ID, "more")
		s.call(s.keeper, "POST", "/api/chat/messages/"+m.ID+"/bookmark", nil).want(200)
	}
	seen, cursor := 0, ""
	for pages := 1; ; pages++ {
		page := s.call(s.keeper, "GET", "/api/chat/bookmarks?limit=2&cursor="+cursor, nil).want(200)
		seen += strings.Count(page.Body.String(), `"bookmarked_at"`)
		if cursor = page.field("next_cursor"); cursor == "" {
			if pages != 3 || seen != 5 {
				t.Errorf("%d pages have %d bookmarks", pages, seen)
			}
			break
		}
	}
	s.call(s.keeper, "GET", "/api/chat/bookmarks?cursor=nothing", nil).want(400, "INVALID_CURSOR")
	for range chat.MaxPins {
		_, err := s.chat.TogglePin(t.Context(), s.keeper.User, s.post(s.member, s.channel.ID, "pinned").ID)
		must(t, err)
	}
	s.call(s.keeper, "POST", one+"/pin", nil).want(409, "TOO_MANY_PINS")
}

func TestShapeOfAHistoryOfEdits(t *testing.T) {
	s := newScene(t)
	s.set("work")
	one := "/api/chat/messages/" + s.message.ID
	s.call(s.keeper, "GET", one+"/history", nil).exactly(200, `{"versions":[{"content":"canary-text","created_at":"TIME"}]}`)
	s.call(s.member, "PUT", one, `{"content":"second"}`).want(200)
	s.call(s.keeper, "GET", one+"/history", nil).
		exactly(200, `{"versions":[{"content":"canary-text","created_at":"TIME"},{"content":"second","created_at":"TIME"}]}`)
	s.call(s.member, "DELETE", one, nil).want(200)
	s.call(s.keeper, "GET", one+"/history", nil).want(404, "MESSAGE_NOT_FOUND")
}

func TestStreamOfReactionsAndPins(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	st, elsewhere := s.listen(srv, s.member, "", ""), s.listen(srv, s.member, "?channel="+s.general().ID, "")
	ctx, keeper, c, m := t.Context(), s.keeper.User, s.channel.ID, s.message.ID
	want := func(name, data string) {
		t.Helper()
		if _, e := st.until(name); masked(e.data) != data {
			t.Errorf("%s is %s, want %s", name, masked(e.data), data)
		}
	}
	_, _, err := s.chat.React(ctx, keeper, c, m, "👍")
	must(t, err)
	want("reaction_added", `{"messageId":"ID","channelId":"ID","seq":1,"userId":"ID","emoji":"👍","reactions":[{"emoji":"👍","count":1,"users":["ID"]}]}`)
	_, err = s.chat.Unreact(ctx, keeper, c, m, "")
	must(t, err)
	want("reaction_removed", `{"messageId":"ID","channelId":"ID","seq":1,"userId":"ID","emoji":"👍","reactions":[]}`)
	for _, pinned := range []string{"true", "false"} {
		_, err = s.chat.TogglePin(ctx, keeper, m)
		must(t, err)
		_, e := st.until("message_updated")
		if !strings.Contains(e.data, `"pinned":`+pinned) || !strings.Contains(e.data, m) {
			t.Errorf("a pin tells %s", e.data)
		}
	}
	s.post(s.keeper, c, "new")
	if _, e := st.until("new_message"); strings.Contains(e.data, "pinned") || strings.Contains(e.data, "reactions") {
		t.Errorf("a new message has %s", e.data)
	}
	if before, _ := elsewhere.until("channel_updated"); strings.Contains(fmt.Sprint(before), m) {
		t.Errorf("a stream that looks elsewhere has %v", before)
	}
}

// general is the channel that everyone is in.
func (s *scene) general() chat.Channel {
	c, err := s.store.ChannelByName(context.Background(), chat.General)
	must(s.t, err)
	return c
}

// counting is a store that counts its reads of marks.
type counting struct {
	chat.Store
	reads atomic.Int64
}

func (c *counting) Reactions(ctx context.Context, ids []string) ([]chat.Reacted, error) {
	c.reads.Add(1)
	return c.Store.Reactions(ctx, ids)
}

func (c *counting) BookmarkedBy(ctx context.Context, userID string, ids []string) ([]string, error) {
	c.reads.Add(1)
	return c.Store.BookmarkedBy(ctx, userID, ids)
}

func TestAPageReadsItsMarksTwiceHoweverLongItIs(t *testing.T) {
	s := newScene(t)
	s.set("work")
	for range 20 {
		_, _, err := s.chat.React(t.Context(), s.member.User, s.channel.ID, s.post(s.member, s.channel.ID, "x").ID, "👍")
		must(t, err)
	}
	store := &counting{Store: s.store}
	s.deps.Chat = chat.NewService(chat.Options{
		Store: store, Events: s.broker, Now: now, Render: func(s string, _ func(string) bool) string { return s }, Renderer: 1, User: s.store.User, Users: s.store.Users, Connected: s.broker.Connected,
	})
	s.route()
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, request(s.member, "GET", "/api/chat/channels/"+s.channel.ID+"/messages", nil))
	if n := strings.Count(rec.Body.String(), `"count":1`); n != 20 || store.reads.Load() != 2 {
		t.Errorf("%d reactions take %d reads", n, store.reads.Load())
	}
}
