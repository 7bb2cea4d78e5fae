package mongo

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/mongo"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/store/storetest"
)

// recorder keeps the commands that a client sends.
type recorder struct {
	mu       sync.Mutex
	commands []bson.Raw
}

func (r *recorder) started(_ context.Context, e *event.CommandStartedEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.CommandName {
	case "find", "count", "aggregate", "distinct", "update", "delete", "findAndModify":
		r.commands = append(r.commands, append(bson.Raw(nil), e.Command...))
	}
}

// Every command that a method sends is explained by the server. None may walk a collection. SearchUsers walks an index by
// design, and so does FindUsers, which admins alone may call: the index of those who are not gone, thus nearly everyone.
// Ensure, which is not here, walks each channel.
func TestNoCommandScans(t *testing.T) {
	seen := &recorder{}
	client, err := mongo.Connect(t.Context(), clientOptions(engine(t)).SetMonitor(&event.CommandMonitor{Started: seen.started}))
	must(t, err)
	s := newStore(client, databaseName())
	t.Cleanup(func() {
		must(t, s.db.Drop(context.Background()))
		must(t, s.Close(context.Background()))
	})
	ensure(t, s)
	s.background.Wait()
	seen.commands = nil
	exercise(t, s)
	exerciseAccounts(t, s)
	exerciseMail(t, s)
	exerciseBrowsers(t, s)
	exerciseOps(t, s)
	exerciseMarks(t, s)
	exerciseUploads(t, s)
	exercisePlugins(t, s)

	kinds := map[string]bool{}
	for _, command := range seen.commands {
		first := command.Index(0)
		kinds[first.Key()] = true
		for _, single := range explainable(t, command) {
			var plan bson.Raw
			err := s.db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: single}, {Key: "verbosity", Value: "queryPlanner"}}).Decode(&plan)
			if err != nil {
				t.Fatalf("%v: %v", single, err)
			}
			if strings.Contains(plan.String(), "COLLSCAN") {
				t.Errorf("walks the collection: %v", single)
			}
		}
	}
	for _, kind := range []string{"find", "count", "aggregate", "update", "delete", "findAndModify"} {
		if !kinds[kind] {
			t.Errorf("no %s was seen, so the test does not see what it ought to", kind)
		}
	}
}

// explainable strips a command of what explain refuses, and gives each statement of a batch a command of its own.
func explainable(t *testing.T, command bson.Raw) (singles []bson.D) {
	var doc bson.D
	must(t, bson.Unmarshal(command, &doc))
	var kept bson.D
	var statements bson.A
	var name string
	for _, e := range doc {
		switch e.Key {
		case "lsid", "txnNumber", "$db", "$clusterTime", "$readPreference", "writeConcern", "readConcern", "maxTimeMS", "ordered":
		case "updates", "deletes":
			name, statements = e.Key, e.Value.(bson.A)
		default:
			kept = append(kept, e)
		}
	}
	if statements == nil {
		return []bson.D{kept}
	}
	for _, statement := range statements {
		singles = append(singles, append(kept[:len(kept):len(kept)], bson.E{Key: name, Value: bson.A{statement}}))
	}
	return singles
}

// exercise calls every method, on paths that reach every command.
func exercise(t *testing.T, s *Store) {
	ctx, now := t.Context(), storetest.Start
	try := func(_ any, err error) { t.Helper(); must(t, err) }

	must(t, s.CreateFirstAdmin(ctx, storetest.User("root"), "h"))
	ann, bob := storetest.AddUser(t, s, "ann"), storetest.AddUser(t, s, "bob")
	if err := s.CreateUser(ctx, ann, ""); err == nil {
		t.Fatal("a person was stored twice")
	}
	try(s.User(ctx, ann.ID))
	try(s.UserByEmail(ctx, ann.Email))
	try(s.UserByUsername(ctx, ann.Username))
	try(s.Users(ctx, []string{ann.ID, bob.ID}))
	try(s.ListUsers(ctx, "", 10))
	try(s.ListUsers(ctx, ann.ID, 10))
	try(s.SearchUsers(ctx, "an", 10))
	try(s.HasAdmin(ctx))
	_, _, err := s.CountUsers(ctx)
	must(t, err)
	name := "Ann"
	try(s.UpdateUser(ctx, ann.ID, accounts.UserChange{Name: &name}, now))
	try(s.PasswordHash(ctx, ann.ID))
	must(t, s.ReplacePasswordHash(ctx, ann.ID, "", "next", now))
	session := storetest.Session(ann.ID, "hash")
	must(t, s.CreateSession(ctx, session))
	_, _, err = s.SessionUser(ctx, "hash")
	must(t, err)
	must(t, s.UpdateSession(ctx, session.ID, accounts.SessionChange{SeenAt: &now}, now))
	must(t, s.UpdateSession(ctx, session.ID, accounts.SessionChange{}, now))
	try(s.Session(ctx, session.ID))
	try(s.ListSessions(ctx, ann.ID, now))
	must(t, s.DeleteSession(ctx, ann.ID, session.ID))
	must(t, s.CreateSession(ctx, session))
	try(s.DeleteSessions(ctx, ann.ID, bob.ID))
	try(s.DeleteExpiredSessions(ctx, now))
	must(t, s.Sessions().Commit("token", []byte("data"), time.Now().Add(time.Hour)))
	if _, found, err := s.Sessions().Find("token"); err != nil || !found {
		t.Fatal(found, err)
	}
	must(t, s.Sessions().Delete("token"))

	c := storetest.AddChannel(t, s, "c", ann)
	if err := s.CreateChannel(ctx, storetest.Channel("C"), nil); err == nil {
		t.Fatal("a name was given twice")
	}
	try(s.Channel(ctx, c.ID))
	try(s.ChannelByName(ctx, "C"))
	for _, order := range []chat.ChannelOrder{chat.ByName, chat.ByActivity, chat.ByMembers} {
		for _, q := range []chat.ChannelQuery{{}, {Private: true}, {Text: "c"}, {After: order.Place(c)}} {
			q.Order, q.Limit = order, 10
			try(s.Channels(ctx, q))
		}
	}
	try(s.ArchivedChannels(ctx, ann.ID, 10))
	try(s.NewcomerChannels(ctx))
	exerciseEmoji(t, s)
	exerciseGroups(t, s, c, ann)
	must(t, s.SetSection(ctx, c.ID, ann.ID, "work"))
	must(t, s.RenameSection(ctx, ann.ID, "work", ""))
	must(t, s.ArrangeChannels(ctx, ann.ID, []string{c.ID}))
	must(t, s.AddReport(ctx, chat.Report{ID: c.ID, MessageID: c.ID, ReporterID: ann.ID, CreatedAt: now}))
	try(s.OpenReports(ctx, true, "", 10))
	try(s.OpenReports(ctx, false, c.ID, 10))
	try(s.OpenReportsOf(ctx, c.ID, 10))
	try(s.CountOpenReports(ctx, false, 10))
	try(s.HandOnReports(ctx, c.ID))
	try(s.ResolveReports(ctx, c.ID, chat.ResolutionMuted, ann.ID, now))
	try(s.MessagesByID(ctx, []string{c.ID}))
	try(s.ChannelsByID(ctx, []string{c.ID}))
	try(s.CountChannels(ctx))
	try(s.ChannelsAfter(ctx, "", 10))
	try(s.ChannelsAfter(ctx, c.ID, 10))
	open := false
	try(s.UpdateChannel(ctx, c.ID, chat.ChannelChange{Archived: &open}))
	must(t, s.JoinMember(ctx, storetest.Member(c.ID, bob.ID)))
	must(t, s.MuteMember(ctx, c.ID, bob.ID, now))
	must(t, s.SetMemberRole(ctx, c.ID, ann.ID, chat.RoleAdmin))
	must(t, s.SetMemberRole(ctx, c.ID, bob.ID, chat.RoleAdmin))
	must(t, s.SetMemberRole(ctx, c.ID, bob.ID, chat.RoleMember))
	try(s.Members(ctx, c.ID, ann.ID, 10))
	try(s.ChannelAdmins(ctx, c.ID, 10))
	try(s.MembersAmong(ctx, c.ID, []string{ann.ID, c.ID}))
	m := storetest.Message(c.ID, ann.ID, "text")
	m.ClientKey = "key"
	for range 2 {
		_, _, err = s.AppendMessage(ctx, m)
		must(t, err)
		m.ID = storetest.Message(c.ID, ann.ID, "").ID
	}
	m.CreatedAt = m.CreatedAt.Add(chat.KeyLife + time.Second) // the key is free again
	m, _, err = s.AppendMessage(ctx, m)
	must(t, err)
	_, _, err = s.MarkRead(ctx, c.ID, ann.ID, 1, now)
	must(t, err)
	try(s.Message(ctx, m.ID))
	for _, page := range []chat.Page{{}, {Before: 2}, {After: 1}, {From: 1}, {Around: 2}} {
		page.Limit = 10
		try(s.Messages(ctx, c.ID, page))
	}
	_, _, err = s.PassRead(ctx, c.ID, 1, 10)
	must(t, err)
	try(s.EditMessage(ctx, m.ID, ann.ID, "new", "new", 1, now))
	try(s.DeleteMessage(ctx, m.ID, "", now))
	try(s.CountMessages(ctx))
	try(s.JoinedChannels(ctx, ann.ID))
	try(s.JoinedPlaces(ctx, ann.ID))
	try(s.JoinedChannelIDs(ctx, ann.ID))
	exerciseMeaning(t, s, c, ann)
	must(t, s.RemoveMember(ctx, c.ID, bob.ID))
	exerciseDirect(t, s, ann, bob)
	exerciseThreads(t, s, c, ann)
	try(s.MessagesBy(ctx, ann.ID, "", 0, 10))
	try(s.MessagesBy(ctx, ann.ID, c.ID, 1, 10))
	exerciseSearch(t, s, ann.ID, c.ID)
}
