// Command seed fills an empty workspace with people, channels and conversations to look at. It works on the same
// database as the server, which must not be running on SQLite meanwhile.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/crypto/bcrypt"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/markdown"
	"pegasus/store"
)

const password = "pegasus demo"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := seed(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "seed: "+err.Error())
		os.Exit(1)
	}
}

// workspace is what seeding writes to. Its clock stands where the story is.
type workspace struct {
	clock    time.Time
	accounts *accounts.Service
	chat     *chat.Service
	people   map[string]accounts.User
	channels map[string]chat.Channel
}

func seed(ctx context.Context) error {
	db, err := store.Open(ctx, store.Settings{
		DataDir: setting("DATA_DIR", "./data"), MongoURI: os.Getenv("MONGODB_URI"), MongoDatabase: setting("MONGODB_DB_NAME", "chatapp"),
	})
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if total, _, err := db.CountUsers(ctx); err != nil || total > 0 {
		return errors.Join(err, errors.New("the workspace has people already; seeding is for an empty one"))
	}
	w := &workspace{
		clock:  time.Now().UTC().Truncate(time.Millisecond).Add(-3 * 24 * time.Hour),
		people: map[string]accounts.User{}, channels: map[string]chat.Channel{},
	}
	if err := w.wire(ctx, db); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{w.addPeople, w.addChannels, w.talk, w.talkDirectly} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("The workspace has %d people and %d channels.\nSign in as %s@pegasus.example with the password %q; %s is an admin.\n",
		len(w.people), len(w.channels), cast[0].username, password, cast[0].username)
	return nil
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// noMail writes to nobody: the addresses here are made up.
type noMail struct{}

func (noMail) Send(context.Context, accounts.Letter) error { return nil }
func (noMail) Delivers() bool                              { return false }

func (w *workspace) wire(ctx context.Context, db *store.Backend) error {
	broker := events.NewBroker(events.Options{})
	now := func() time.Time { return w.clock }
	text := markdown.New()
	w.chat = chat.NewService(chat.Options{
		Store: db, Events: broker, Now: now, Render: text.RenderMentions, Names: text.Names, Renderer: markdown.Version,
		User: db.User, Users: db.Users, Connected: broker.Connected,
	})
	w.accounts = accounts.NewService(accounts.Options{
		Store: db, Key: []byte("passwords here are short"), SignUp: accounts.SignUpOpen, Now: now, Cores: 2,
		Cost: bcrypt.MinCost,                                                       // everyone's password is printed below
		URL:  "http://localhost:8080", SealKey: make([]byte, 32), Mailer: noMail{}, // no secret is sealed here, and no link made
		Failed: func(_ context.Context, doing string, err error) { fmt.Fprintln(os.Stderr, "cannot "+doing+":", err) },
		Leave:  w.chat.LeaveAll,
		Common: func(string) bool { return false }, Welcome: w.chat.Welcome, Changed: func(accounts.User) {},
		EndStreams: func(context.Context, string, string, string) {},
	})
	return w.chat.EnsureGeneral(ctx)
}

func (w *workspace) addPerson(ctx context.Context, d accounts.Draft, admin bool) (accounts.User, error) {
	if admin {
		return w.accounts.CreateAdmin(ctx, d)
	}
	joined, err := w.accounts.SignUp(ctx, d)
	return joined.User, err
}

func (w *workspace) addPeople(ctx context.Context) error {
	for i, c := range cast {
		draft := accounts.Draft{Email: c.username + "@pegasus.example", Name: c.name, Password: password}
		u, err := w.addPerson(ctx, draft, i == 0)
		if err != nil {
			return err
		}
		if c.status != "" {
			if u, err = w.accounts.ChangeProfile(ctx, u.ID, accounts.ProfileChange{StatusMessage: &c.status}); err != nil {
				return err
			}
		}
		w.people[c.username] = u
	}
	return nil
}

func (w *workspace) addChannels(ctx context.Context) error {
	joined, err := w.chat.JoinedChannels(ctx, w.people[cast[0].username])
	if err != nil {
		return err
	}
	w.channels[chat.General] = joined[0].Channel
	for _, r := range rooms {
		owner := w.people[r.members[0]]
		c, err := w.chat.CreateChannel(ctx, owner, chat.NewChannel{Name: r.name, Description: r.about, Type: r.kind})
		if err != nil {
			return err
		}
		for _, member := range r.members[1:] {
			if err := w.chat.AddMember(ctx, owner, c.ID, w.people[member].ID); err != nil {
				return err
			}
		}
		w.channels[r.name] = c
	}
	return nil
}

// talk posts every line at its own time, then lets the first person have read all but the newest channel.
func (w *workspace) talk(ctx context.Context) error {
	begun := map[string]string{} // the newest message of each channel that is no reply
	for _, l := range lines {
		w.clock = w.clock.Add(l.after)
		c, ok := w.channels[l.channel]
		if !ok {
			return errors.New("no channel " + l.channel)
		}
		draft := chat.Draft{Content: l.text}
		if replies[l.text] {
			draft.ParentID = begun[l.channel]
		}
		m, err := w.chat.PostMessage(ctx, w.people[l.by], c.ID, draft)
		if err != nil {
			return fmt.Errorf("%s in %s: %w", l.by, l.channel, err)
		}
		if err := w.mark(ctx, l, m); err != nil {
			return err
		}
		if draft.ParentID == "" {
			begun[l.channel] = m.ID
		}
	}
	reader := w.people[cast[0].username]
	for name, c := range w.channels {
		if name == "design" || name == "random" {
			continue
		}
		if _, err := w.chat.MarkRead(ctx, reader, c.ID, 0); err != nil && name != "incidents" {
			return err
		}
	}
	return nil
}
