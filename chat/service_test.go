package chat_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/markdown"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
)

// world is a service on a store and a broker of its own, with a clock that the test turns. It writes down what is
// published.
type world struct {
	*chat.Service
	store  *sqlite.Store
	broker *events.Broker

	installed []chat.Command
	decided   accounts.Policy // by admins

	mu        sync.Mutex
	clock     time.Time
	published []string
	payloads  []any
}

func (w *world) Publish(topic string, payload any) {
	w.mu.Lock()
	w.published = append(w.published, topic+" "+strings.TrimPrefix(reflect.TypeOf(payload).String(), "chat."))
	w.payloads = append(w.payloads, payload)
	w.mu.Unlock()
	w.broker.Publish(topic, payload)
}

func (w *world) Grant(userID, topic string)  { w.broker.Grant(userID, topic) }
func (w *world) Revoke(userID, topic string) { w.broker.Revoke(userID, topic) }

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlitetest.Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &world{store: store, broker: events.NewBroker(events.Options{Unlimited: true}), clock: time.Date(2026, 3, 14, 15, 9, 26, 535_000_000, time.UTC)}
	w.Service = w.with(nil)
	return w
}

// with returns a service of the same world, with a server of meanings or without.
func (w *world) with(embedder *chat.Embedder) *chat.Service {
	store := w.store
	return chat.NewService(chat.Options{
		Embedder: embedder,
		Store:    store, Events: w, Now: w.now, Render: render, Names: text.Names, RenderLine: text.RenderLine, Renderer: 3,
		User: store.User, Users: store.Users, Connected: w.broker.Connected, UserNamed: store.UserByUsername, ChangeProfile: w.changeProfile, EndStatus: w.endStatus, Jobs: store,
		Policy:    func(context.Context) (accounts.Policy, error) { return w.decided, nil },
		Installed: []chat.Commands{func(context.Context, string) ([]chat.Command, error) { return w.installed, nil }},
	})
}

var text = markdown.New()

// render is cheap where nobody can be mentioned.
func render(s string, mentioned func(string) bool) string {
	if strings.Contains(s, "@") {
		return text.RenderMentions(s, mentioned)
	}
	return "<p>" + s + "</p>"
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) person(t testing.TB, name string, role accounts.Role) accounts.User {
	t.Helper()
	u := accounts.User{
		ID: id.New(w.now()), Email: name + "@example.test", Name: name, Username: name, Role: role, Preferences: "{}",
		Status: accounts.StatusOnline, CreatedAt: w.now(), UpdatedAt: w.now(), Deactivated: name == "gone",
	}
	if err := w.store.CreateUser(t.Context(), u, ""); err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) channel(t testing.TB, kind chat.ChannelType, admin accounts.User, members ...accounts.User) chat.Channel {
	t.Helper()
	c, err := w.CreateChannel(t.Context(), admin, chat.NewChannel{Name: "c-" + id.New(w.now()), Type: kind})
	must(t, err)
	for _, u := range members {
		must(t, w.AddMember(t.Context(), admin, c.ID, u.ID))
	}
	w.told() // forget what the preparation published
	return c
}

func (w *world) post(t testing.TB, u accounts.User, channelID, text string) chat.Message {
	t.Helper()
	m, err := w.PostMessage(t.Context(), u, channelID, chat.Draft{Content: text})
	must(t, err)
	w.TellWaiting(t.Context())
	return m
}

// told returns what has been published since it was last asked, as "topic payload".
func (w *world) told() []string {
	w.TellWaiting(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.published
	w.published, w.payloads = nil, nil
	return told
}

func (w *world) tells(t testing.TB, want ...string) {
	t.Helper()
	if got := w.told(); !slices.Equal(got, want) {
		t.Errorf("published %q, want %q", got, want)
	}
}

// listen opens a stream of a person as the doors do.
func (w *world) listen(t testing.TB, u accounts.User) *events.Subscription {
	t.Helper()
	s := w.broker.Subscribe(u.ID, "s")
	t.Cleanup(s.Close)
	_, err := s.Start(t.Context(), "", func(ctx context.Context) ([]string, error) { return w.Topics(ctx, u.ID) })
	must(t, err)
	return s
}

func heard(t testing.TB, s *events.Subscription) (topics []string) {
	t.Helper()
	for {
		e, err := s.Take()
		must(t, err)
		if e == nil {
			return topics
		}
		topics = append(topics, e.Topic)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil {
		t.Errorf("it succeeded, want %s", code)
	} else if f := fault.From(err); f.Kind != kind || f.Code != code {
		t.Errorf("refused with kind %d, %s (%v); want kind %d, %s", f.Kind, f.Code, err, kind, code)
	}
}

// call is a method that a person may be denied, on a channel with a message of ben's, who is a plain member.
type call struct {
	name    string
	do      func(ctx context.Context, w *world, actor accounts.User, channelID, messageID, ben, stranger string) error
	message bool // it is about the message, not the channel
	needs   int  // of a member: 0 nothing more, 1 to manage, 2 to keep order, 3 to be the author
	changes bool
}

func calls() []call {
	text := func(s string) *string { return &s }
	return []call{
		{"Channel", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, _, err := w.Channel(ctx, a, c)
			return err
		}, false, 0, false},
		{"History", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.History(ctx, a, c, chat.Cut{Limit: 5})
			return err
		}, false, 0, false},
		{"Members", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.Members(ctx, a, c, "", 9)
			return err
		}, false, 0, false},
		{"Typing", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.Typing(ctx, a, c)
			return err
		}, false, 0, false},
		{"SetTyping", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			return w.SetTyping(ctx, a, c, true)
		}, false, 0, true},
		{"MarkRead", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.MarkRead(ctx, a, c, 0)
			return err
		}, false, 0, true},
		{"PostMessage", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.PostMessage(ctx, a, c, chat.Draft{Content: "hello"})
			return err
		}, false, 0, true},
		{"AddMember", func(ctx context.Context, w *world, a accounts.User, c, _, _, stranger string) error {
			return w.AddMember(ctx, a, c, stranger)
		}, false, 0, true},
		{"UpdateChannel", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.UpdateChannel(ctx, a, c, chat.ChannelChange{Description: text("new")})
			return err
		}, false, 1, true},
		{"SetMemberRole", func(ctx context.Context, w *world, a accounts.User, c, _, ben, _ string) error {
			return w.SetMemberRole(ctx, a, c, ben, chat.RoleAdmin)
		}, false, 1, true},
		{"RemoveMember", func(ctx context.Context, w *world, a accounts.User, c, _, ben, _ string) error {
			return w.RemoveMember(ctx, a, c, ben)
		}, false, 2, true},
		{"ArchiveChannel", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.ArchiveChannel(ctx, a, c)
			return err
		}, false, 1, true},
		{"Message", func(ctx context.Context, w *world, a accounts.User, _, m, _, _ string) error {
			_, err := w.Message(ctx, a, m)
			return err
		}, true, 0, false},
		{"EditMessage", func(ctx context.Context, w *world, a accounts.User, _, m, _, _ string) error {
			_, err := w.EditMessage(ctx, a, m, "edited")
			return err
		}, true, 3, true},
		{"DeleteMessage", func(ctx context.Context, w *world, a accounts.User, _, m, _, _ string) error {
			return w.DeleteMessage(ctx, a, m)
		}, true, 2, true},
	}
}

func TestRights(t *testing.T) {
	w := newWorld(t)
	owner, ben, stranger := w.person(t, "owner", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "stranger", accounts.RoleUser)
	actors := []struct {
		name  string
		user  accounts.User
		place string // in, out, ex, admin
		power int    // what needs it meets
	}{
		{"outsider", w.person(t, "outsider", accounts.RoleUser), "out", 0},
		{"member", w.person(t, "member", accounts.RoleUser), "in", 0},
		{"ex-member", w.person(t, "exmember", accounts.RoleUser), "ex", 0},
		{"ex-admin of the channel", w.person(t, "exadmin", accounts.RoleUser), "exadmin", 0},
		{"admin of the channel", w.person(t, "channeladmin", accounts.RoleUser), "admin", 2},
		{"admin of the workspace inside", w.person(t, "adminin", accounts.RoleAdmin), "in", 2},
		{"admin of the workspace outside", w.person(t, "adminout", accounts.RoleAdmin), "out", 0},
		{"moderator inside", w.person(t, "modin", accounts.RoleModerator), "in", 0},
		{"moderator outside", w.person(t, "modout", accounts.RoleModerator), "out", 0},
	}
	for _, kind := range []chat.ChannelType{chat.Public, chat.Private} {
		for _, actor := range actors {
			for _, c := range append(calls(), markCalls()...) {
				t.Run(fmt.Sprintf("%s/%s/%s", kind, actor.name, c.name), func(t *testing.T) {
					channel := w.channel(t, kind, owner, ben)
					m := w.post(t, ben, channel.ID, "from ben")
					inside := false
					switch actor.place {
					case "in", "ex":
						must(t, w.AddMember(t.Context(), owner, channel.ID, actor.user.ID))
						inside = actor.place == "in"
					case "admin", "exadmin":
						must(t, w.AddMember(t.Context(), owner, channel.ID, actor.user.ID))
						must(t, w.SetMemberRole(t.Context(), owner, channel.ID, actor.user.ID, chat.RoleAdmin))
						inside = actor.place == "admin"
					}
					if strings.HasPrefix(actor.place, "ex") {
						must(t, w.RemoveMember(t.Context(), actor.user, channel.ID, actor.user.ID))
					}
					w.told()
					err := c.do(t.Context(), w, actor.user, channel.ID, m.ID, ben.ID, stranger.ID)
					unknown := c.do(t.Context(), w, actor.user, id.New(w.now()), id.New(w.now()), ben.ID, stranger.ID)
					if unknown == nil {
						t.Fatal("it works on a channel that does not exist")
					}
					orderly := c.needs == 2 && actor.user.Role == accounts.RoleModerator
					switch {
					case !inside && (c.message || kind == chat.Private):
						if err == nil || err.Error() != unknown.Error() || !fault.Is(err, fault.NotFound) {
							t.Errorf("answered %v, an unknown id %v", err, unknown)
						}
					case !inside:
						refused(t, err, fault.Forbidden, "NOT_A_MEMBER")
					case c.needs == 0, c.needs <= actor.power, orderly:
						if err != nil {
							t.Errorf("refused: %v", err)
						}
					case c.message:
						refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
					default:
						refused(t, err, fault.Forbidden, "FORBIDDEN")
					}
					if told := w.told(); err != nil && len(told) != 0 {
						t.Errorf("refused, it published %q", told)
					}
				})
			}
		}
	}
}

func TestOnlyTheAuthorEditsAndAnExMemberTouchesNothing(t *testing.T) {
	w := newWorld(t)
	owner, ben := w.person(t, "owner", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, owner, ben)
	m := w.post(t, ben, c.ID, "first")
	w.later(time.Minute)
	edited, err := w.EditMessage(t.Context(), ben, m.ID, " second \n")
	if err != nil || edited.Content != " second" || edited.HTML != "<p> second</p>" || edited.EditedAt.IsZero() || edited.Seq != m.Seq {
		t.Fatalf("%+v, %v", edited, err)
	}
	must(t, w.RemoveMember(t.Context(), ben, c.ID, ben.ID))
	_, err = w.EditMessage(t.Context(), ben, m.ID, "third")
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	refused(t, w.DeleteMessage(t.Context(), ben, m.ID), fault.NotFound, "MESSAGE_NOT_FOUND")
	must(t, w.DeleteMessage(t.Context(), owner, m.ID))
	_, err = w.EditMessage(t.Context(), owner, m.ID, "fourth")
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	refused(t, w.DeleteMessage(t.Context(), owner, m.ID), fault.NotFound, "MESSAGE_NOT_FOUND")
}

func TestOnlyAdminsListAllChannels(t *testing.T) {
	w := newWorld(t)
	admin, user, moderator := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "user", accounts.RoleUser), w.person(t, "mod", accounts.RoleModerator)
	private := w.channel(t, chat.Private, user)
	public := w.channel(t, chat.Public, user)
	for _, u := range []accounts.User{user, moderator} {
		_, err := w.AllChannels(t.Context(), u, chat.ChannelQuery{Limit: 9})
		refused(t, err, fault.Forbidden, "FORBIDDEN")
	}
	if all, err := w.AllChannels(t.Context(), admin, chat.ChannelQuery{Limit: 9}); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	if open, err := w.PublicChannels(t.Context(), chat.ChannelQuery{Limit: 9}); err != nil || len(open) != 1 || open[0].ID != public.ID {
		t.Errorf("%v, %v", open, err)
	}
	_, err := w.Preview(t.Context(), private.ID)
	_, unknown := w.Preview(t.Context(), id.New(w.now()))
	if err == nil || unknown == nil || err.Error() != unknown.Error() {
		t.Errorf("a private channel is previewed with %v, an unknown one with %v", err, unknown)
	}
	if c, err := w.Preview(t.Context(), public.ID); err != nil || c.ID != public.ID {
		t.Error(err)
	}
}

func TestJoinOpensPublicChannelsOnly(t *testing.T) {
	w := newWorld(t)
	owner, ada := w.person(t, "owner", accounts.RoleUser), w.person(t, "ada", accounts.RoleUser)
	public, private, archived := w.channel(t, chat.Public, owner), w.channel(t, chat.Private, owner), w.channel(t, chat.Public, owner)
	_, err := w.ArchiveChannel(t.Context(), owner, archived.ID)
	must(t, err)
	w.told()
	for _, channelID := range []string{private.ID, archived.ID, id.New(w.now()), "", "x", "dm_a_b"} {
		refused(t, w.Join(t.Context(), ada, channelID), fault.NotFound, "CHANNEL_NOT_FOUND")
	}
	w.tells(t)
	must(t, w.Join(t.Context(), ada, public.ID))
	w.tells(t, "channel:"+public.ID+" MemberJoined")
	refused(t, w.Join(t.Context(), ada, public.ID), fault.Invalid, "ALREADY_MEMBER")
	w.tells(t)
}

func TestOnlyPeopleWhoExistAreAdded(t *testing.T) {
	w := newWorld(t)
	owner, ada, gone := w.person(t, "owner", accounts.RoleUser), w.person(t, "ada", accounts.RoleUser), w.person(t, "gone", accounts.RoleUser)
	c := w.channel(t, chat.Private, owner, ada)
	refused(t, w.AddMember(t.Context(), owner, c.ID, id.New(w.now())), fault.NotFound, "USER_NOT_FOUND")
	refused(t, w.AddMember(t.Context(), owner, c.ID, gone.ID), fault.NotFound, "USER_NOT_FOUND")
	refused(t, w.AddMember(t.Context(), owner, c.ID, ada.ID), fault.Invalid, "ALREADY_MEMBER")
	refused(t, w.AddMember(t.Context(), owner, c.ID, owner.ID), fault.Invalid, "ALREADY_MEMBER")
	w.tells(t)
}

func TestEveryoneIsInTheGeneralChannelAndItStaysAsItIs(t *testing.T) {
	w := newWorld(t)
	must(t, w.EnsureGeneral(t.Context()))
	must(t, w.EnsureGeneral(t.Context()))
	boss, ada := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "ada", accounts.RoleUser)
	for _, u := range []accounts.User{boss, ada, ada} {
		must(t, w.Welcome(t.Context(), u.ID))
	}
	joined, err := w.JoinedChannels(t.Context(), ada)
	if err != nil || len(joined) != 1 || joined[0].Name != chat.General || joined[0].MemberCount != 2 {
		t.Fatalf("%+v, %v", joined, err)
	}
	general := joined[0].Channel.ID
	w.told()
	name, private, yes, no := "other", chat.Private, true, false
	for _, change := range []chat.ChannelChange{{Name: &name}, {Type: &private}, {Archived: &yes}, {Archived: &no}} {
		_, err := w.UpdateChannel(t.Context(), boss, general, change)
		refused(t, err, fault.Forbidden, "DEFAULT_CHANNEL")
		_, err = w.UpdateChannel(t.Context(), ada, general, change)
		refused(t, err, fault.Forbidden, "FORBIDDEN")
	}
	_, err = w.ArchiveChannel(t.Context(), boss, general)
	refused(t, err, fault.Forbidden, "DEFAULT_CHANNEL")
	refused(t, w.RemoveMember(t.Context(), ada, general, ada.ID), fault.Forbidden, "DEFAULT_CHANNEL")
	refused(t, w.RemoveMember(t.Context(), boss, general, ada.ID), fault.Forbidden, "DEFAULT_CHANNEL")
	w.tells(t)
	same, description := chat.General, "Hello"
	_, err = w.UpdateChannel(t.Context(), boss, general, chat.ChannelChange{Name: &same, Description: &description})
	must(t, err)
	for _, taken := range []string{"general", "General"} {
		_, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: taken})
		refused(t, err, fault.Conflict, "CHANNEL_EXISTS")
	}
}

func TestChannelFields(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	for _, c := range []struct {
		n     chat.NewChannel
		field string
	}{
		{chat.NewChannel{}, "name"}, {chat.NewChannel{Name: "two words"}, "name"}, {chat.NewChannel{Name: "größe"}, "name"},
		{chat.NewChannel{Name: "a/b"}, "name"}, {chat.NewChannel{Name: "#a"}, "name"}, {chat.NewChannel{Name: "a\n"}, "name"},
		{chat.NewChannel{Name: strings.Repeat("a", 81)}, "name"}, {chat.NewChannel{Name: "a", Type: "dm"}, "type"}, {chat.NewChannel{Name: "a", Type: "PUBLIC"}, "type"},
		{chat.NewChannel{Name: "a", Description: strings.Repeat("é", 251)}, "description"}, {chat.NewChannel{Name: "a", Description: "\xff"}, "description"},
	} {
		if _, err := w.CreateChannel(t.Context(), ada, c.n); !fault.Is(err, fault.Invalid) || fault.From(err).Field != c.field {
			t.Errorf("%+v: %v", c.n, err)
		}
	}
	w.tells(t)
	c, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: strings.Repeat("a", 78) + "_-", Description: strings.Repeat("é", 250)})
	if err != nil || c.Type != chat.Public || c.CreatedBy != ada.ID || c.MemberCount != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, m, err := w.Channel(t.Context(), ada, c.ID); err != nil || m.Role != chat.RoleAdmin {
		t.Errorf("its creator is %+v, %v", m, err)
	}
	_, err = w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: strings.ToUpper(c.Name)})
	refused(t, err, fault.Conflict, "CHANNEL_EXISTS")
}

func TestAChannelWithMembersKeepsAnAdmin(t *testing.T) {
	w := newWorld(t)
	owner, ben, boss := w.person(t, "owner", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "boss", accounts.RoleAdmin)
	c := w.channel(t, chat.Private, owner, ben, boss)
	refused(t, w.RemoveMember(t.Context(), owner, c.ID, owner.ID), fault.Conflict, "LAST_ADMIN")
	refused(t, w.RemoveMember(t.Context(), boss, c.ID, owner.ID), fault.Conflict, "LAST_ADMIN")
	refused(t, w.SetMemberRole(t.Context(), owner, c.ID, owner.ID, chat.RoleMember), fault.Conflict, "LAST_ADMIN")
	w.tells(t)
	refused(t, w.SetMemberRole(t.Context(), owner, c.ID, ben.ID, "owner"), fault.Invalid, "INVALID_ROLE")
	if err := w.SetMemberRole(t.Context(), owner, c.ID, id.New(w.now()), chat.RoleAdmin); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	refused(t, w.RemoveMember(t.Context(), owner, c.ID, id.New(w.now())), fault.Invalid, "NOT_A_MEMBER")
	must(t, w.SetMemberRole(t.Context(), owner, c.ID, ben.ID, chat.RoleAdmin))
	must(t, w.RemoveMember(t.Context(), owner, c.ID, owner.ID))
	if _, m, err := w.Channel(t.Context(), ben, c.ID); err != nil || m.Role != chat.RoleAdmin {
		t.Errorf("%+v, %v", m, err)
	}
	must(t, w.RemoveMember(t.Context(), boss, c.ID, boss.ID))
	must(t, w.RemoveMember(t.Context(), ben, c.ID, ben.ID)) // the last one may turn off the light
}

func TestTwoAdminsWhoLeaveAtOnceDoNotLeaveTheOthersWithoutOne(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		one, two, rest := w.person(t, id.New(w.now()), accounts.RoleUser), w.person(t, id.New(w.now()), accounts.RoleUser), w.person(t, id.New(w.now()), accounts.RoleUser)
		c := w.channel(t, chat.Private, one, two, rest)
		must(t, w.SetMemberRole(t.Context(), one, c.ID, two.ID, chat.RoleAdmin))
		var work sync.WaitGroup
		for _, u := range []accounts.User{one, two} {
			work.Go(func() {
				if err := w.RemoveMember(t.Context(), u, c.ID, u.ID); err != nil {
					refused(t, err, fault.Conflict, "LAST_ADMIN")
				}
			})
		}
		work.Wait()
		members, err := w.Members(t.Context(), rest, c.ID, "", 9)
		if err != nil || !slices.ContainsFunc(members, func(m chat.Member) bool { return m.Role == chat.RoleAdmin }) {
			t.Fatalf("left are %+v, %v", members, err)
		}
	}
}

func TestWhatMayBePosted(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	for name, v := range map[string]struct{ in, code string }{
		"empty": {"", "CONTENT_REQUIRED"}, "spaces": {" \t\r\n ", "CONTENT_REQUIRED"}, "wide spaces": {"\u00a0\u2003", "CONTENT_REQUIRED"},
		"NUL": {"a\x00b", "INVALID_CONTENT"}, "bad UTF-8": {"a\xff", "INVALID_CONTENT"}, "2001": {strings.Repeat("a", 2001), "CONTENT_TOO_LONG"},
		"2001 of many bytes": {strings.Repeat("😀", 2001), "CONTENT_TOO_LONG"},
	} {
		_, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: v.in})
		if refused(t, err, fault.Invalid, v.code); fault.From(err).Field != "content" {
			t.Errorf("%s: the field is not named", name)
		}
	}
	m := w.post(t, ada, c.ID, "stays")
	_, err := w.EditMessage(t.Context(), ada, m.ID, strings.Repeat("a", 2001))
	refused(t, err, fault.Invalid, "CONTENT_TOO_LONG")
	for in, want := range map[string]string{
		strings.Repeat("😀", 2000): strings.Repeat("😀", 2000), strings.Repeat("a", 2000) + "\r\n": strings.Repeat("a", 2000),
		"a\r\nb\r\n": "a\nb", "  a  ": "  a", "<script>": "<script>", "\u2028": "", "a\u2028b": "a\u2028b",
	} {
		if want == "" {
			continue
		}
		m := w.post(t, ada, c.ID, in)
		if m.Content != want || m.HTML != "<p>"+want+"</p>" || m.Renderer != 3 || m.UserID != ada.ID || m.ChannelID != c.ID {
			t.Errorf("%.20q is stored as %+v", in, m)
		}
		if stored, err := w.Message(t.Context(), ada, m.ID); err != nil || !reflect.DeepEqual(stored, m) {
			t.Errorf("stored %+v, %v\nreturned %+v", stored, err, m)
		}
	}
}

func TestARetryChangesNothingAndReturnsTheFirstMessage(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, other := w.channel(t, chat.Public, ada, ben), w.channel(t, chat.Public, ada)
	send := func(u accounts.User, channelID, text, key string) (chat.Message, error) {
		return w.PostMessage(t.Context(), u, channelID, chat.Draft{Content: text, Key: key})
	}
	first, err := send(ada, c.ID, "hello", "k1")
	must(t, err)
	w.told()
	again, err := send(ada, c.ID, "hello\r\n", "k1")
	if err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("again %+v, %v", again, err)
	}
	_, err = send(ada, c.ID, "another text", "k1")
	refused(t, err, fault.Mismatch, "IDEMPOTENCY_KEY_REUSED")
	_, err = send(ada, other.ID, "hello", "k1")
	refused(t, err, fault.Mismatch, "IDEMPOTENCY_KEY_REUSED")
	_, err = w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "hello", Key: "k1", ParentID: first.ID})
	refused(t, err, fault.Mismatch, "IDEMPOTENCY_KEY_REUSED")
	w.tells(t)
	theirs, err := send(ben, c.ID, "hello", "k1")
	if err != nil || theirs.ID == first.ID {
		t.Errorf("another person's key: %+v, %v", theirs, err)
	}
	_, err = w.EditMessage(t.Context(), ada, first.ID, "edited")
	must(t, err)
	if again, err := send(ada, c.ID, "hello", "k1"); err != nil || again.ID != first.ID || again.Content != "edited" {
		t.Errorf("after an edit %+v, %v", again, err)
	}
	w.later(24*time.Hour + time.Second)
	if later, err := send(ada, c.ID, "hello", "k1"); err != nil || later.ID == first.ID {
		t.Errorf("a day later %+v, %v", later, err)
	}
	for _, bad := range []string{"a b", "ü", "a\x00", "\n", strings.Repeat("k", 129)} {
		_, err := send(ada, c.ID, "hello", bad)
		refused(t, err, fault.Invalid, "INVALID_KEY")
	}
	_, err = send(ada, c.ID, "hello", strings.Repeat("k", 128))
	must(t, err)
	none, _ := send(ada, c.ID, "same", "")
	if twice, err := send(ada, c.ID, "same", ""); err != nil || twice.ID == none.ID {
		t.Errorf("without a key %+v, %v", twice, err)
	}
}

func TestTwentyRetriesAtOnceMakeOneMessageAndOneEvent(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() {
			if m, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "once", Key: "k"}); err != nil || m.Seq != 1 {
				t.Errorf("%+v, %v", m, err)
			}
		})
	}
	work.Wait()
	w.tells(t, "channel:"+c.ID+" MessagePosted")
}

func TestAReplyStaysInTheChannelOfItsParent(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	public, private := w.channel(t, chat.Public, ada, ben), w.channel(t, chat.Private, ada)
	parent, secret, deleted := w.post(t, ada, public.ID, "parent"), w.post(t, ada, private.ID, "secret"), w.post(t, ada, public.ID, "gone")
	must(t, w.DeleteMessage(t.Context(), ada, deleted.ID))
	for _, u := range []accounts.User{ada, ben} {
		var texts []string
		for _, bad := range []string{secret.ID, deleted.ID, id.New(w.now()), "x", strings.ToUpper(parent.ID) + "A"} {
			_, err := w.PostMessage(t.Context(), u, public.ID, chat.Draft{Content: "reply", ParentID: bad})
			refused(t, err, fault.Invalid, "INVALID_PARENT")
			texts = append(texts, err.Error())
		}
		if len(slices.Compact(texts)) != 1 {
			t.Errorf("the answers tell them apart: %q", texts)
		}
	}
	if m, err := w.PostMessage(t.Context(), ben, public.ID, chat.Draft{Content: "reply", ParentID: parent.ID}); err != nil || m.ParentID != parent.ID {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestHistoryIsCutByMessagesOfItsOwnChannel(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, private := w.channel(t, chat.Public, ada, ben), w.channel(t, chat.Private, ada)
	secret := w.post(t, ada, private.ID, "secret")
	var all []chat.Message
	for i := range 120 {
		all = append(all, w.post(t, ada, c.ID, fmt.Sprint(i)))
	}
	must(t, w.DeleteMessage(t.Context(), ada, all[50].ID))
	for name, v := range map[string]struct {
		cut         chat.Cut
		first, last int64
		n           int
	}{
		"newest":           {chat.Cut{Limit: 10}, 111, 120, 10},
		"before":           {chat.Cut{Before: all[10].ID, Limit: 3}, 8, 10, 3},
		"after":            {chat.Cut{After: all[10].ID, Limit: 3}, 12, 14, 3},
		"after a deleted":  {chat.Cut{After: all[50].ID, Limit: 3}, 52, 54, 3},
		"too many":         {chat.Cut{Limit: 1_000_000_000}, 21, 120, 99},
		"negative":         {chat.Cut{Limit: -1}, 120, 120, 1},
		"before the first": {chat.Cut{Before: all[0].ID, Limit: 5}, 0, 0, 0},
	} {
		h, err := w.History(t.Context(), ben, c.ID, v.cut)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n := len(h.Messages)
		if name == "too many" {
			if n != chat.MaxPage {
				t.Errorf("%s: %d messages", name, n)
			}
			continue
		}
		if n != v.n || n > 0 && (h.Messages[0].Seq != v.first || h.Messages[n-1].Seq != v.last) {
			t.Errorf("%s: %d messages %+v", name, n, h.Messages)
		}
	}
	for _, bad := range []string{secret.ID, id.New(w.now()), "x", "$ne"} {
		_, err := w.History(t.Context(), ben, c.ID, chat.Cut{Before: bad, Limit: 1})
		refused(t, err, fault.Invalid, "UNKNOWN_MESSAGE")
	}
}

func TestUnreadCountsTheMessagesOfOthersAfterTheMark(t *testing.T) {
	for _, c := range []struct{ last, read, own, want int64 }{
		{0, 0, 0, 0}, {10, 0, 0, 10}, {10, 4, 0, 6}, {10, 4, 2, 4}, {10, 10, 0, 0}, {10, 0, 10, 0}, {10, 12, 0, 0}, {10, 4, 9, 0},
	} {
		if got := (chat.Member{LastReadSeq: c.read, OwnUnread: c.own}).Unread(c.last); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	ch := w.channel(t, chat.Public, ada)
	w.post(t, ada, ch.ID, "before ben came")
	must(t, w.Join(t.Context(), ben, ch.ID))
	unread := func(u accounts.User) int64 {
		c, m, err := w.Channel(t.Context(), u, ch.ID)
		must(t, err)
		return m.Unread(c.LastSeq)
	}
	expect := func(what string, ofAda, ofBen int64) {
		t.Helper()
		if a, b := unread(ada), unread(ben); a != ofAda || b != ofBen {
			t.Errorf("%s: ada has %d, ben %d; want %d and %d", what, a, b, ofAda, ofBen)
		}
	}
	expect("what was said before is history", 0, 0)
	w.post(t, ada, ch.ID, "2")
	w.post(t, ben, ch.ID, "3")
	w.post(t, ada, ch.ID, "4")
	w.post(t, ben, ch.ID, "5")
	expect("own messages do not count", 2, 2)
	mark := func(u accounts.User, seq int64) chat.Member {
		m, err := w.MarkRead(t.Context(), u, ch.ID, seq)
		must(t, err)
		return m
	}
	mark(ben, 2)
	expect("ben read one", 2, 1)
	mark(ben, 1)
	expect("a mark never goes back", 2, 1)
	mark(ben, 1_000_000)
	expect("nor past the end", 2, 0)
	if m := mark(ben, 0); m.LastReadSeq != 5 {
		t.Errorf("the mark is at %d", m.LastReadSeq)
	}
	w.told()
	mark(ben, 0)
	mark(ben, 3)
	w.tells(t) // nothing changed
	w.post(t, ada, ch.ID, "6")
	w.told()
	mark(ben, -7)
	w.tells(t, "user:"+ben.ID+" Read")
	expect("a mark without a number is at the end", 2, 0)
}

func TestTypingIsToldOnceASecondAndForgottenAfterSix(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	event := "channel:" + c.ID + " TypingChanged"
	names := func() string {
		names, err := w.Typing(t.Context(), ada, c.ID)
		must(t, err)
		return strings.Join(names, ",")
	}
	for range 50 {
		must(t, w.SetTyping(t.Context(), ben, c.ID, true))
	}
	w.tells(t, event)
	w.later(time.Second - time.Millisecond)
	must(t, w.SetTyping(t.Context(), ben, c.ID, true))
	w.tells(t)
	w.later(time.Millisecond)
	must(t, w.SetTyping(t.Context(), ben, c.ID, true))
	must(t, w.SetTyping(t.Context(), ada, c.ID, true))
	w.tells(t, event, event)
	if got := names(); got != "ada,ben" {
		t.Errorf("typing are %s", got)
	}
	w.later(6*time.Second - time.Millisecond)
	if got := names(); got != "ada,ben" {
		t.Errorf("just before the end typing are %s", got)
	}
	must(t, w.SetTyping(t.Context(), ada, c.ID, true))
	w.later(time.Millisecond)
	if got := names(); got != "ada" {
		t.Errorf("after six seconds typing are %s", got)
	}
	w.told()
	must(t, w.SetTyping(t.Context(), ben, c.ID, false)) // was not typing any more
	w.tells(t)
	must(t, w.SetTyping(t.Context(), ada, c.ID, false))
	w.tells(t, event)
	must(t, w.SetTyping(t.Context(), ben, c.ID, true))
	w.told()
	w.post(t, ben, c.ID, "done")
	w.tells(t, event, "channel:"+c.ID+" MessagePosted")
	if got := names(); got != "" {
		t.Errorf("after the message typing are %s", got)
	}
}

func TestWhatIsPublishedToWhomAndNothingElse(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: "c", Type: chat.Private})
	must(t, err)
	topic := "channel:" + c.ID
	w.tells(t, topic+" MemberJoined")
	outsider := w.listen(t, w.person(t, "outsider", accounts.RoleUser))
	must(t, w.AddMember(t.Context(), ada, c.ID, ben.ID))
	w.tells(t, topic+" MemberJoined")
	m := w.post(t, ada, c.ID, "the secret")
	w.tells(t, topic+" MessagePosted")
	_, err = w.EditMessage(t.Context(), ada, m.ID, "the new secret")
	must(t, err)
	w.tells(t, topic+" MessageUpdated")
	must(t, w.DeleteMessage(t.Context(), ada, m.ID))
	if text := fmt.Sprintf("%+v", w.payloads); strings.Contains(text, "secret") || !strings.Contains(text, m.ID) {
		t.Errorf("a deletion says %s", text)
	}
	w.tells(t, topic+" MessageDeleted")
	must(t, w.SetMemberRole(t.Context(), ada, c.ID, ben.ID, chat.RoleAdmin))
	w.tells(t, "user:"+ben.ID+" ChannelUpdated") // whose page alone changes by it
	description := "d"
	_, err = w.UpdateChannel(t.Context(), ada, c.ID, chat.ChannelChange{Description: &description})
	must(t, err)
	w.tells(t, topic+" ChannelUpdated")
	w.post(t, ada, c.ID, "unread")
	w.told()
	_, err = w.MarkRead(t.Context(), ben, c.ID, 0)
	must(t, err)
	w.tells(t, "user:"+ben.ID+" Read")
	must(t, w.RemoveMember(t.Context(), ada, c.ID, ben.ID))
	w.tells(t, topic+" MemberLeft", "user:"+ben.ID+" MemberLeft")
	for _, read := range []func() error{
		func() error { _, err := w.History(t.Context(), ada, c.ID, chat.Cut{}); return err },
		func() error { _, err := w.JoinedChannels(t.Context(), ada); return err },
		func() error { _, err := w.Typing(t.Context(), ada, c.ID); return err },
		func() error { _, err := w.Count(t.Context()); return err },
	} {
		must(t, read())
	}
	w.tells(t)
	if got := heard(t, outsider); len(got) != 0 {
		t.Errorf("an outsider heard %q", got)
	}
}

func TestNothingIsPublishedOfAWriteThatFailed(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada, ben)
	m := w.post(t, ada, c.ID, "hello")
	w.told()
	w.store.Close()
	name := "other"
	for what, err := range map[string]error{
		"post":   func() error { _, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "x"}); return err }(),
		"edit":   func() error { _, err := w.EditMessage(t.Context(), ada, m.ID, "x"); return err }(),
		"delete": w.DeleteMessage(t.Context(), ada, m.ID),
		"remove": w.RemoveMember(t.Context(), ada, c.ID, ben.ID),
		"role":   w.SetMemberRole(t.Context(), ada, c.ID, ben.ID, chat.RoleAdmin),
		"update": func() error {
			_, err := w.UpdateChannel(t.Context(), ada, c.ID, chat.ChannelChange{Name: &name})
			return err
		}(),
		"create": func() error { _, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: "new"}); return err }(),
		"read":   func() error { _, err := w.MarkRead(t.Context(), ben, c.ID, 0); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: it succeeded without a database", what)
		}
	}
	w.tells(t)
}

func TestAClientThatGoesAwayWhileItsMessageIsStoredStillTellsTheOthers(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	for i := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, err := w.PostMessage(ctx, ada, c.ID, chat.Draft{Content: fmt.Sprint(i)})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	now, _, err := w.Channel(t.Context(), ada, c.ID)
	must(t, err)
	if told := len(w.told()); int64(told) != now.LastSeq {
		t.Errorf("%d messages are stored, %d were told", now.LastSeq, told)
	}
}

func TestAfterARemovalNothingMoreIsHeardOrSaid(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	for round := range 5 {
		ben := w.person(t, fmt.Sprint("ben", round), accounts.RoleUser)
		c := w.channel(t, chat.Private, ada, ben)
		stream, topic := w.listen(t, ben), "channel:"+c.ID
		var work sync.WaitGroup
		for i := range 100 {
			work.Go(func() {
				if _, err := w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: fmt.Sprint(i)}); err != nil {
					refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
				}
			})
		}
		must(t, w.RemoveMember(t.Context(), ada, c.ID, ben.ID))
		h, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 1})
		must(t, err)
		for _, heard := range heard(t, stream) {
			if heard == topic {
				t.Error("an event of the channel after the removal")
			}
		}
		work.Wait()
		after, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 1})
		must(t, err)
		if after.Channel.LastSeq != h.Channel.LastSeq {
			t.Errorf("%d messages after the removal", after.Channel.LastSeq-h.Channel.LastSeq)
		}
		w.post(t, ada, c.ID, "between us")
		if got := heard(t, stream); slices.Contains(got, topic) {
			t.Errorf("heard %q", got)
		}
		if topics, err := w.Topics(t.Context(), ben.ID); err != nil || slices.Contains(topics, topic) {
			t.Errorf("may still hear %q, %v", topics, err)
		}
	}
}

// However joins and removals cross, a person's open stream ends up with what their membership says.
func TestStreamsFollowMembershipsThatChangeFromSeveralSides(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	for range 60 {
		c := w.channel(t, chat.Private, ada)
		stream := w.listen(t, ben)
		var work sync.WaitGroup
		for i := range 6 {
			work.Go(func() {
				for range 4 {
					if i%2 == 0 {
						w.AddMember(t.Context(), ada, c.ID, ben.ID)
					} else {
						w.RemoveMember(t.Context(), ada, c.ID, ben.ID)
					}
				}
			})
		}
		work.Wait()
		heard(t, stream)
		_, _, err := w.Channel(t.Context(), ben, c.ID)
		w.post(t, ada, c.ID, "news")
		if got := heard(t, stream); (len(got) == 1) != (err == nil) {
			t.Fatalf("membership says %v, the stream heard %q", err, got)
		}
	}
}

func TestAStreamFollowsAChannelOutOfTheArchive(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	_, err := w.ArchiveChannel(t.Context(), ada, c.ID)
	must(t, err)
	_, err = w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: "x"})
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	stream, no := w.listen(t, ben), false
	_, err = w.UpdateChannel(t.Context(), ada, c.ID, chat.ChannelChange{Archived: &no})
	must(t, err)
	w.post(t, ada, c.ID, "we are back")
	if got := heard(t, stream); len(got) != 2 {
		t.Errorf("heard %q", got)
	}
}

func TestAChannelThatTurnsPrivateIsGoneForOutsidersAtOnce(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, private := w.channel(t, chat.Public, ada), chat.Private
	stream := w.listen(t, ben)
	_, err := w.UpdateChannel(t.Context(), ada, c.ID, chat.ChannelChange{Type: &private})
	must(t, err)
	w.post(t, ada, c.ID, "x")
	if got := heard(t, stream); len(got) != 0 {
		t.Errorf("heard %q", got)
	}
	_, err = w.History(t.Context(), ben, c.ID, chat.Cut{})
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	refused(t, w.Join(t.Context(), ben, c.ID), fault.NotFound, "CHANNEL_NOT_FOUND")
}

// presenceWorld is a service that knows these people and passes presence on, in a bubble of time.
func presenceWorld(t *testing.T, connected map[string]bool) (*chat.Service, *world) {
	w := &world{broker: events.NewBroker(events.Options{})}
	s := chat.NewService(chat.Options{
		Events: w, Now: time.Now, Connected: func(userID string) bool { return connected[userID] },
		User: func(_ context.Context, userID string) (accounts.User, error) {
			if userID == "unknown" {
				return accounts.User{}, fault.New(fault.NotFound, "USER_NOT_FOUND", "")
			}
			if userID == "signed out" {
				return accounts.User{ID: userID, Status: accounts.StatusOffline}, nil
			}
			return accounts.User{ID: userID, Status: accounts.StatusBusy}, nil
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.TellPresence(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return s, w
}

func (w *world) presence(t *testing.T) (told []string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, payload := range w.payloads {
		if w.published[i] != "workspace PresenceChanged" {
			t.Errorf("published %s", w.published[i])
		}
		var users []string
		for _, p := range payload.(chat.PresenceChanged).Users {
			users = append(users, p.UserID+" "+string(p.Status))
		}
		slices.Sort(users)
		told = append(told, strings.Join(users, ","))
	}
	w.published, w.payloads = nil, nil
	return told
}

func TestManyWhoComeAtOnceAreOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connected := map[string]bool{"ada": true, "ben": true}
		s, w := presenceWorld(t, connected)
		for range 10 {
			s.StreamChanged("ada", true)
			s.StreamChanged("ben", true)
			s.ProfileChanged(accounts.User{ID: "cy"})
			s.StreamChanged("unknown", true)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := w.presence(t); !slices.Equal(got, []string{"ada busy,ben busy,cy offline"}) {
			t.Errorf("told %q", got)
		}
	})
}

func TestAReloadIsNoDeparture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connected := map[string]bool{}
		s, w := presenceWorld(t, connected)
		s.StreamChanged("ada", false)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := w.presence(t); len(got) != 0 {
			t.Errorf("within the grace told %q", got)
		}
		time.Sleep(7 * time.Second)
		synctest.Wait()
		if got := w.presence(t); !slices.Equal(got, []string{"ada offline"}) {
			t.Errorf("after it told %q", got)
		}
	})
}

func TestADepartureThatIsNotedLateDoesNotDelayASignOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := presenceWorld(t, map[string]bool{})
		s.ProfileChanged(accounts.User{ID: "signed out"})
		s.StreamChanged("signed out", false)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := w.presence(t); !slices.Equal(got, []string{"signed out offline"}) {
			t.Errorf("told %q", got)
		}
	})
}

func TestGoingFromPageToPageIsNoDeparture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connected := map[string]bool{}
		s, w := presenceWorld(t, connected)
		for range 5 { // each look falls between two pages
			s.StreamChanged("ada", true)
			s.StreamChanged("ada", false)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		for _, told := range w.presence(t) {
			if told != "ada busy" {
				t.Errorf("told %q", told)
			}
		}
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if got := w.presence(t); !slices.Equal(got, []string{"ada offline"}) {
			t.Errorf("after leaving for good told %q", got)
		}
	})
}

func TestPresenceIsWhatAPersonChoseWhileTheyAreConnected(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	if got := w.Presence(ada); got != accounts.StatusOffline {
		t.Errorf("without a stream %s", got)
	}
	w.listen(t, ada)
	if got := w.Presence(ada); got != accounts.StatusOnline {
		t.Errorf("with a stream %s", got)
	}
}

func TestWhoComesAndGoesIsToldWithHowManyAreThere(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cy", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada, ben)
	must(t, w.Join(t.Context(), cy, c.ID))
	must(t, w.RemoveMember(t.Context(), ben, c.ID, ben.ID))
	must(t, w.LeaveAll(t.Context(), cy.ID))
	w.mu.Lock()
	defer w.mu.Unlock()
	want := []any{
		chat.MemberJoined{ChannelID: c.ID, UserID: cy.ID, Members: 3}, chat.MemberLeft{ChannelID: c.ID, UserID: ben.ID, Members: 2},
		chat.MemberLeft{ChannelID: c.ID, UserID: ben.ID}, chat.MemberLeft{ChannelID: c.ID, UserID: cy.ID, Members: 1},
	}
	if !reflect.DeepEqual(w.payloads, want) {
		t.Errorf("told is %+v", w.payloads)
	}
}
