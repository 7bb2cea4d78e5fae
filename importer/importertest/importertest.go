package importertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/imported"
	"pegasus/importer"
	"pegasus/importer/mongodb"
)

// Workspace is a store to import to.
type Workspace interface {
	accounts.Store
	chat.Store
	imported.Store
}

// Opener opens an empty workspace and closes it with the test.
type Opener struct {
	Name string
	Open func(t *testing.T) Workspace
}

// Run tests imports from the server into each of the stores.
func Run(t *testing.T, uri string, openers ...Opener) {
	for _, o := range openers {
		for _, test := range []struct {
			name string
			run  func(t *testing.T, uri string, w Workspace)
		}{
			{"people come with their ways in", peopleCome},
			{"history comes in its order", historyComes},
			{"reactions and bookmarks come, and not again", marksCome},
			{"what has no place yet is kept", restKept},
			{"a second run changes nothing", secondRun},
			{"what was changed here stays", changesStay},
			{"what is new in the source is appended", appended},
			{"a dry run stores nothing and says the same", dryRun},
			{"people are joined to proven accounts alone", joined},
			{"old passwords sign in and are hashed anew", passwordsWork},
			{"second factors are asked for", factorsAsked},
			{"a database of people's work alone finds its owners", ownersFound},
			{"the source is only read", sourceUntouched},
		} {
			t.Run(o.Name+"/"+test.name, func(t *testing.T) { test.run(t, uri, o.Open(t)) })
		}
		t.Run(o.Name+"/an interrupted import ends as one that was not", func(t *testing.T) { interrupted(t, uri, o) })
	}
	t.Run("every store ends with the same", func(t *testing.T) { alike(t, uri, openers) })
	t.Run("what is no source is refused", func(t *testing.T) { refusedSources(t, uri) })
}

func optionsFor(t *testing.T, s *source, w importer.Target) importer.Options {
	t.Helper()
	from, err := mongodb.Open(t.Context(), s.uri, s.name)
	must(t, err)
	t.Cleanup(func() { must(t, from.Close()) })
	from.Secret, from.Providers = oldSecret, []string{"google", "github"}
	return importer.Options{
		Source: from, Target: w, Render: render, Renderer: 9,
	}
}

func render(text string, _ func(string) bool) string { return "<p>" + strings.ToUpper(text) + "</p>" }

func bring(t *testing.T, s *source, w importer.Target, change ...func(*importer.Options)) *importer.Report {
	t.Helper()
	o := optionsFor(t, s, w)
	for _, c := range change {
		c(&o)
	}
	report, err := importer.Run(t.Context(), o)
	must(t, err)
	return report
}

// dump returns everything that an import brings, as text.
func dump(t *testing.T, w Workspace) string {
	t.Helper()
	var out strings.Builder
	ctx := t.Context()
	people, _, err := w.FindUsers(ctx, accounts.UserQuery{SortBy: accounts.UserID, Limit: 1000})
	must(t, err)
	authors := map[string]bool{}
	rooms := []string{room(1).Hex(), room(2).Hex(), room(3).Hex(), room(4).Hex()}
	for _, kind := range []string{"channels", "dm_channels", "slack_channels", "mattermost_channels", "rocketchat_channels"} {
		notes, err := w.Documents(ctx, kind, "", 100)
		must(t, err)
		for _, n := range notes {
			rooms = append(rooms, n.TargetID)
		}
	}
	slices.Sort(rooms)
	for _, id := range slices.Compact(rooms) {
		c, err := w.Channel(ctx, id)
		if errors.Is(err, chat.ErrChannelNotFound) {
			continue
		}
		must(t, err)
		fmt.Fprintf(&out, "channel %+v\n", c)
		members, err := w.Members(ctx, id, "", 100)
		must(t, err)
		for _, m := range members {
			fmt.Fprintf(&out, "  member %+v\n", m)
		}
		messages, err := w.Messages(ctx, id, chat.Page{After: 0, Limit: 1000})
		must(t, err)
		dumpReactions(t, w, &out, messages)
		for _, m := range messages {
			m.Content, m.HTML = short(m.Content), short(m.HTML)
			fmt.Fprintf(&out, "  %+v\n", m)
			authors[m.UserID] = true
		}
	}
	for _, u := range people {
		delete(authors, u.ID)
	}
	for id := range authors {
		u, err := w.User(ctx, id)
		must(t, err)
		people = append(people, u)
	}
	slices.SortFunc(people, func(a, b accounts.User) int { return cmp.Compare(a.ID, b.ID) })
	for _, u := range people {
		hash, err := w.PasswordHash(ctx, u.ID)
		must(t, err)
		links, err := w.ProviderAccounts(ctx, u.ID)
		must(t, err)
		factor, err := w.TwoFactor(ctx, u.ID)
		if !errors.Is(err, accounts.ErrNoTwoFactor) {
			must(t, err)
		}
		fmt.Fprintf(&out, "user %+v\n  %d %+v %+v %q\n", u, len(hash), links, factor, factor.Secret)
	}
	for _, kind := range []string{"users", "user", "channels", "profiles", "messages", "dm_channels", "channel_fields", "message_reactions", "threads",
		"pegasus_user_plugins", "pegasus_chat_conversations", "pegasus_chat_messages", imported.KindMember,
		"slack_users", "slack_channels", "slack_profiles", "slack_messages", "slack_message_reactions", "slack_pins", "slack_dm_channels",
		"mattermost_users", "mattermost_channels", "mattermost_messages", "mattermost_message_reactions", "mattermost_pins",
		"rocketchat_users", "rocketchat_channels", "rocketchat_messages", "rocketchat_message_reactions", "rocketchat_bookmarks", "rocketchat_pins"} {
		docs, err := w.Documents(ctx, kind, "", 1000)
		must(t, err)
		for _, d := range docs {
			fmt.Fprintf(&out, "%+v\n", d)
		}
	}
	return out.String()
}

func short(text string) string { return text[:min(len(text), 60)] }

func secondRun(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	first := bring(t, s, w)
	before := dump(t, w)
	second := bring(t, s, w)
	equal(t, "everything after a second run", dump(t, w), before)
	for i, l := range second.Lines {
		if l.Brought != 0 || l.Kept != 0 || l.Read != first.Lines[i].Read {
			t.Errorf("the second run says %+v, the first %+v", *l, *first.Lines[i])
		}
	}
}

func alike(t *testing.T, uri string, openers []Opener) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	want := ""
	for _, o := range openers {
		w := o.Open(t)
		bring(t, s, w)
		got := dump(t, w)
		if want == "" {
			want = got
		}
		equal(t, "what "+o.Name+" holds", got, want)
	}
}

func dryRun(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	driesAlike(t, w, func(dry bool) *importer.Report {
		return bring(t, s, w, func(o *importer.Options) { o.DryRun = dry })
	})
}

// driesAlike runs an import dry and then for good: the first stores nothing, and says what the second does.
func driesAlike(t *testing.T, w Workspace, run func(dry bool) *importer.Report) {
	t.Helper()
	empty := dump(t, w)
	dry := run(true)
	equal(t, "everything after a dry run", dump(t, w), empty)
	real := run(false)
	dry.DryRun = false
	var texts [2]strings.Builder
	must(t, dry.Write(&texts[0]))
	must(t, real.Write(&texts[1]))
	equal(t, "the report of the dry run", texts[0].String(), texts[1].String())
}

func sourceUntouched(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	before := s.snapshot(t)
	bring(t, s, w)
	equal(t, "the source", s.snapshot(t), before)
}

func (s *source) snapshot(t *testing.T) string {
	t.Helper()
	names, err := s.db.ListCollectionNames(t.Context(), bson.D{})
	must(t, err)
	slices.Sort(names)
	var out strings.Builder
	for _, name := range names {
		cursor, err := s.db.Collection(name).Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
		must(t, err)
		var docs []bson.D
		must(t, cursor.All(t.Context(), &docs))
		fmt.Fprintln(&out, name, docs)
	}
	return out.String()
}

// stopping is a store that ends a context at its n-th write.
type stopping struct {
	Workspace
	left int
	stop func()
}

func (s *stopping) write() {
	if s.left--; s.left == 0 {
		s.stop()
	}
}

func (s *stopping) ImportPeople(ctx context.Context, people []imported.Person) ([]error, error) {
	s.write()
	return s.Workspace.ImportPeople(ctx, people)
}

func (s *stopping) CreateChannel(ctx context.Context, c chat.Channel, members []chat.Member) error {
	s.write()
	return s.Workspace.CreateChannel(ctx, c, members)
}

func (s *stopping) ImportMembers(ctx context.Context, channelID string, members []chat.Member) (int, error) {
	s.write()
	return s.Workspace.ImportMembers(ctx, channelID, members)
}

// ImportMessages stores one half under another call, as if the batch had been cut.
func (s *stopping) ImportMessages(ctx context.Context, channelID string, messages []chat.Message, read bool) (int, error) {
	half := len(messages) / 2
	first, err := s.Workspace.ImportMessages(ctx, channelID, messages[:half], read)
	s.write()
	if err != nil {
		return first, err
	}
	second, err := s.Workspace.ImportMessages(ctx, channelID, messages[half:], read)
	return first + second, err
}

func (s *stopping) KeepDocuments(ctx context.Context, docs []imported.Document) (int, error) {
	s.write()
	return s.Workspace.KeepDocuments(ctx, docs)
}

func interrupted(t *testing.T, uri string, o Opener) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	interruptedEverywhere(t, o, func(w importer.Target) importer.Options { return optionsFor(t, s, w) })
}

// interruptedEverywhere ends an import at each of its writes in turn, and goes on with it.
func interruptedEverywhere(t *testing.T, o Opener, options func(w importer.Target) importer.Options) {
	t.Helper()
	whole := o.Open(t)
	_, err := importer.Run(t.Context(), options(whole))
	must(t, err)
	want := dump(t, whole)
	w := o.Open(t)
	times := 0
	for ; times < 1000; times++ {
		ctx, stop := context.WithCancel(t.Context())
		_, err := importer.Run(ctx, options(&stopping{Workspace: w, left: 1 + times, stop: stop}))
		stop()
		if err == nil {
			break
		}
		if ctx.Err() == nil {
			t.Fatal(err)
		}
	}
	if times < 6 {
		t.Errorf("interrupted only %d times", times)
	}
	equal(t, "what is there in the end", dump(t, w), want)
}

func refusedSources(t *testing.T, uri string) {
	s := newSource(t, uri)
	for _, test := range []struct{ uri, name, want string }{
		{"postgres://user:geheim@host/db", "", "no MongoDB connection string"},
		{"mongodb://user:geheim@:bad:/", "", "no MongoDB connection string"},
		{uri, s.name, "holds neither"},
		{uri, "", "name the database"},
	} {
		from, err := mongodb.Open(t.Context(), test.uri, test.name)
		if err == nil {
			from.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q %q gives %v", test.uri, test.name, err)
		}
	}
	s.fillChat(t)
	s.insert(t, "workspace", bson.M{"_id": "schema", "version": 2})
	if _, err := mongodb.Open(t.Context(), uri, s.name); err == nil || !strings.Contains(err.Error(), "one of Pegasus itself") {
		t.Errorf("a database of this program gives %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got == want {
		return
	}
	a, b := fmt.Sprint(got), fmt.Sprint(want)
	if strings.Count(a, "\n")+strings.Count(b, "\n") < 10 {
		t.Fatalf("%s is %v, want %v", what, a, b)
	}
	in := func(text string) map[string]bool {
		lines := map[string]bool{}
		for line := range strings.SplitSeq(text, "\n") {
			lines[line] = true
		}
		return lines
	}
	first, second := in(a), in(b)
	for line := range strings.SplitSeq(a, "\n") {
		if !second[line] {
			t.Errorf("%s: unexpected %s", what, line)
		}
	}
	for line := range strings.SplitSeq(b, "\n") {
		if !first[line] {
			t.Errorf("%s: missing %s", what, line)
		}
	}
	t.FailNow()
}

func dumpReactions(t *testing.T, w Workspace, out *strings.Builder, messages []chat.Message) {
	t.Helper()
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	all, err := w.Reactions(t.Context(), ids)
	must(t, err)
	slices.SortFunc(all, func(a, b chat.Reacted) int { return cmp.Compare(a.ID, b.ID) })
	fmt.Fprintf(out, "  reactions %+v\n", all)
}
