package importertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"go.mongodb.org/mongo-driver/bson"
	"golang.org/x/crypto/bcrypt"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/imported"
	"pegasus/importer"
	"pegasus/importer/mongodb"
)

func find(t *testing.T, w Workspace, email string) accounts.User {
	t.Helper()
	u, err := w.UserByEmail(t.Context(), email)
	must(t, err)
	return u
}

func peopleCome(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	report := bring(t, s, w)
	ada := find(t, w, "ada@example.test")
	equal(t, "ada", ada, accounts.User{
		ID: user(1).Hex(), Email: "ada@example.test", EmailVerified: true, Name: "Ada Lovelace", Username: "ada", Role: accounts.RoleAdmin,
		Preferences: "{}", Status: accounts.StatusBusy, StatusMessage: "thinking", Phone: "+1", GoogleID: "g-1", OAuthProvider: "google",
		TwoFactorEnabled: true, Notify: accounts.Notify{NewDevice: true}, CreatedAt: day, UpdatedAt: day.Add(time.Hour), LastLogin: day.Add(2 * time.Hour),
	})
	link, err := w.ProviderAccount(t.Context(), "google", "g-1")
	must(t, err)
	equal(t, "whose Google account it is", link.UserID, ada.ID)
	twin, err := w.User(t.Context(), user(3).Hex())
	must(t, err)
	equal(t, "the address of a younger account with it", twin.Email, twin.ID+"@imported.invalid")
	equal(t, "its role", twin.Role, accounts.RoleUser)
	hash, err := w.PasswordHash(t.Context(), twin.ID)
	must(t, err)
	equal(t, "its password", hash, "")

	// Ben has proven his address in the other system alone: what comes from there opens his account, his id is the older one.
	ben := find(t, w, "ben@example.test")
	equal(t, "ben's id", ben.ID, user(2).Hex())
	equal(t, "ben's username", ben.Username, "ada-"+ben.ID[20:])
	equal(t, "ben's role", ben.Role, accounts.RoleAdmin)
	hash, err = w.PasswordHash(t.Context(), ben.ID)
	must(t, err)
	equal(t, "the password that anyone could have set", hash, "")
	link, err = w.ProviderAccount(t.Context(), "github", "77")
	must(t, err)
	hal := find(t, w, "hal@example.test")
	equal(t, "who of two has an account at GitHub", link.UserID, hal.ID) // the older
	equal(t, "the scopes", strings.Join(link.Scopes, " "), "")

	// Fay has proven hers in ConnectBest, so a stranger's sign-up with it in the other gives nothing.
	fay := find(t, w, "fay@example.test")
	equal(t, "fay's role", fay.Role, accounts.RoleUser)
	hash, err = w.PasswordHash(t.Context(), fay.ID)
	must(t, err)
	equal(t, "the stranger's password", hash, "")

	gus := find(t, w, "gus@example.test")
	equal(t, "gus", gus, accounts.User{
		ID: user(11).Hex(), Email: "gus@example.test", Name: "Gus", DisplayName: "Gus!", Username: "gus", Role: accounts.RoleModerator,
		Preferences: `{"theme":"dark"}`, Status: accounts.StatusOffline, Notify: accounts.Notify{NewDevice: true}, CreatedAt: day, UpdatedAt: day,
	})
	equal(t, "hal's address is proven", hal.EmailVerified, true)
	equal(t, "the second of hal's id begins with its time", hal.ID[:8], id.New(day)[:8])
	dora := find(t, w, "dora@example.test")
	equal(t, "dora's name", dora.Name, "Dora evil")
	equal(t, "when dora came", dora.CreatedAt, time.Date(2025, 1, 15, 15, 30, 0, 0, time.UTC))
	ivy := find(t, w, "ivy@example.test")
	equal(t, "ivy is banned", ivy.BanReason, "spam")
	admins := 0
	for _, n := range report.Notes {
		if strings.Contains(n.Reason, "admins here now") {
			admins += n.Count
		}
	}
	equal(t, "the number of admins brought", admins, 2)
}

func historyComes(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	report := bring(t, s, w)
	general, err := w.ChannelByName(t.Context(), "general")
	must(t, err)
	equal(t, "general", general, chat.Channel{
		ID: room(1).Hex(), Name: "general", Description: "Everyone", Type: chat.Public, CreatedBy: user(1).Hex(), CreatedAt: day,
		LastSeq: 32, LastMessageAt: day.Add(30 * time.Minute), MemberCount: 3,
	})
	page, err := w.Messages(t.Context(), general.ID, chat.Page{Around: 1, Limit: 50})
	must(t, err)
	equal(t, "how many are shown", len(page), 31) // one is deleted
	for i, want := range []string{"message 1", "from text ids", "to text ids\nline", "**bold** <script>alert(1)</script>", "message 4"} {
		equal(t, "a message", page[i].Content, want)
	}
	equal(t, "its HTML", page[0].HTML, "<p>MESSAGE 1</p>")
	equal(t, "who rendered it", page[0].Renderer, 9)
	equal(t, "what a reply to a reply replies to", page[2].ParentID, page[0].ID)
	equal(t, "how many replies the root has", page[0].ReplyCount, 3)
	equal(t, "when it was edited", page[3].EditedAt, day.Add(24*time.Hour))
	equal(t, "what message 4 replies to", page[4].ParentID, message(1).Hex())
	equal(t, "what replies to nothing here", page[5].ParentID, "")
	equal(t, "the length of a long one", len(page[7].Content), 100_000)
	gone, err := w.Message(t.Context(), message(3).Hex())
	must(t, err)
	equal(t, "a deleted one", gone.Deleted && gone.Content == "" && gone.HTML == "" && gone.Seq == 5, true)
	stranger, err := w.User(t.Context(), user(97).Hex())
	must(t, err)
	equal(t, "the author whom nobody knows", stranger.Name+stranger.Email, "Deleted account"+stranger.ID+"@deleted.invalid")

	second, err := w.Channel(t.Context(), room(2).Hex())
	must(t, err)
	equal(t, "another general", second.Name, "General-2")
	private, err := w.Channel(t.Context(), room(3).Hex())
	must(t, err)
	equal(t, "a private channel", private.Name+string(private.Type), "secret-plansprivate")
	archived, err := w.Channel(t.Context(), room(4).Hex())
	must(t, err)
	equal(t, "what was deleted there is archived", archived.Archived, true)
	conversations, err := w.Conversations(t.Context(), user(2).Hex(), time.Time{}, "", 10)
	must(t, err)
	equal(t, "the direct conversations", len(conversations), 1)
	direct, m, err := w.Membership(t.Context(), conversations[0].Channel.ID, user(2).Hex())
	must(t, err)
	equal(t, "a direct conversation", string(direct.Type)+direct.Name+direct.Key+string(m.Role), "dm"+dm()+"peer")
	equal(t, "who is in it", direct.MemberCount, 2)
	equal(t, "what is unread in it", m.Unread(direct.LastSeq), 1)

	_, ada, err := w.Membership(t.Context(), general.ID, user(1).Hex())
	must(t, err)
	equal(t, "ada's role and mark", string(ada.Role)+ada.LastReadAt.String(), "admin"+day.Add(5*time.Minute+time.Second).String())
	equal(t, "up to where ada read", ada.LastReadSeq, 7)
	_, ben, err := w.Membership(t.Context(), general.ID, user(2).Hex())
	must(t, err)
	equal(t, "of two memberships one stays, as an admin", ben.Role, chat.RoleAdmin)
	equal(t, "when ben joined", ben.JoinedAt, day.Add(12*time.Minute+time.Second))
	for _, l := range report.Lines {
		if l.Collection == "messages" {
			equal(t, "the count of messages", *l, importer.Line{Collection: "messages", Read: 38, Brought: 37, LeftOut: 1, Kept: 1})
		}
	}
}

func restKept(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	report := bring(t, s, w)
	one := func(kind string) imported.Document {
		t.Helper()
		docs, err := w.Documents(t.Context(), kind, "", 100)
		must(t, err)
		if len(docs) == 0 {
			t.Fatalf("nothing of %s is kept", kind)
		}
		return docs[0]
	}
	extras := one("messages")
	equal(t, "of which message", extras.TargetID, message(6).Hex())
	equal(t, "whose it is", extras.OwnerID, "")
	equal(t, "the attachments", extras.JSON, `{"attachments":[{"name":"a.pdf","url":"https://files.example.test/a.pdf","size":{"$numberLong":"1099511627776"}}]}`)
	equal(t, "the picture of a person", strings.Contains(one("profiles").JSON, "https://files.example.test/a.png"), true)
	plugin := one("pegasus_user_plugins")
	equal(t, "whose plugin it is", plugin.OwnerID, user(11).Hex())
	var back bson.M
	must(t, bson.UnmarshalExtJSON([]byte(plugin.JSON), true, &back))
	equal(t, "a number in it", back["downloadCount"].(int32), 5)
	equal(t, "whose conversation it is", one("pegasus_chat_conversations").OwnerID, find(t, w, "hal@example.test").ID)
	docs, err := w.Documents(t.Context(), "pegasus_user_plugins", plugin.SourceID, 100)
	must(t, err)
	equal(t, "whose plugin the next is: united people's", docs[0].OwnerID, user(2).Hex())
	equal(t, "nobody's", docs[1].OwnerID, "")
	equal(t, "what is not looked at", strings.Join(report.Ignored, "; "),
		"message_embeddings (made of the messages); session (people sign in again); sessions (people sign in again)")
	text := dump(t, w)
	for _, secret := range []string{"gho_live", "live\"", "ABCD-1234", sealed12} {
		if strings.Contains(text, secret) {
			t.Errorf("%s was stored", secret)
		}
	}
}

func changesStay(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	bring(t, s, w)
	ctx, name, now := t.Context(), "Countess", day.Add(1000*time.Hour)
	ada := user(1).Hex()
	_, err := w.UpdateUser(ctx, ada, accounts.UserChange{Name: &name}, now)
	must(t, err)
	must(t, w.DeleteTwoFactor(ctx, ada, now))
	link, err := w.ProviderAccount(ctx, "google", "g-1")
	must(t, err)
	must(t, w.DeleteProviderAccount(ctx, ada, link.ID))
	must(t, w.RemoveMember(ctx, room(1).Hex(), user(2).Hex()))
	_, err = w.DeleteMessage(ctx, message(1).Hex(), "", now)
	must(t, err)
	_, err = w.EditMessage(ctx, message(4).Hex(), user(1).Hex(), "edited here", "<p>", 9, now)
	must(t, err)
	rename := "renamed"
	_, err = w.UpdateChannel(ctx, room(1).Hex(), chat.ChannelChange{Name: &rename})
	must(t, err)
	must(t, w.EraseUser(ctx, user(4).Hex(), accounts.Tombstone{Email: "gone@deleted.invalid", Username: "gone", Name: "Gone"}, now))
	before := dump(t, w)
	bring(t, s, w)
	equal(t, "everything after the next run", dump(t, w), before)
}

func appended(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	bring(t, s, w)
	at := day.Add(500 * time.Hour)
	here := chat.Message{ID: id.New(at), ChannelID: room(1).Hex(), UserID: user(1).Hex(), Content: "here", HTML: "here", CreatedAt: at, UpdatedAt: at}
	_, _, err := w.AppendMessage(t.Context(), here)
	must(t, err)
	s.insert(t, "messages",
		bson.M{"_id": message(60), "channel_id": room(1), "user_id": user(2), "content": "since", "created_at": day.Add(time.Hour)},
		bson.M{"_id": message(59), "channel_id": room(1), "user_id": user(2), "content": "late to come", "created_at": day.Add(time.Minute)})
	s.insert(t, "users", bson.M{"_id": user(50), "email": "zoe@example.test", "full_name": "Zoe"})
	s.insert(t, "channel_members", bson.M{"channel_id": room(1), "user_id": user(50), "joined_at": day})
	bring(t, s, w)
	page, err := w.Messages(t.Context(), room(1).Hex(), chat.Page{Limit: 3})
	must(t, err)
	equal(t, "the newest", page[0].Content+", "+page[1].Content+", "+page[2].Content, "here, late to come, since")
	equal(t, "the newest number", page[2].Seq, 35)
	_, zoe, err := w.Membership(t.Context(), room(1).Hex(), user(50).Hex())
	must(t, err)
	equal(t, "where somebody new begins", zoe.LastReadSeq, 33)
}

func joined(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	local := func(email string, proven bool) accounts.User {
		u := accounts.User{ID: id.New(day), Email: email, EmailVerified: proven, Name: "Local", Username: "local-" + email[:3], Role: accounts.RoleUser,
			Preferences: "{}", Status: accounts.StatusOffline, CreatedAt: day, UpdatedAt: day}
		must(t, w.CreateUser(t.Context(), u, "local hash"))
		return u
	}
	ada, ben := local("ada@example.test", true), local("ben@example.test", false)
	must(t, w.CreateChannel(t.Context(), chat.Channel{ID: id.New(day), Name: "general", Type: chat.Public, CreatedAt: day}, nil))
	general, err := w.ChannelByName(t.Context(), "general")
	must(t, err)
	for range 2 {
		bring(t, s, w)
		equal(t, "who has the address", find(t, w, "ada@example.test"), ada)
		hash, err := w.PasswordHash(t.Context(), ada.ID)
		must(t, err)
		equal(t, "the password", hash, "local hash")
		_, err = w.TwoFactor(t.Context(), ada.ID)
		equal(t, "no second factor of the source", errors.Is(err, accounts.ErrNoTwoFactor), true)
		links, err := w.ProviderAccounts(t.Context(), ada.ID)
		must(t, err)
		equal(t, "links of the source", len(links), 0)
		_, err = w.User(t.Context(), user(1).Hex())
		equal(t, "no second account of a joined person", errors.Is(err, accounts.ErrUserNotFound), true)
		_, _, err = w.Membership(t.Context(), room(3).Hex(), ada.ID)
		must(t, err)

		equal(t, "who has the unproven address", find(t, w, "ben@example.test"), ben)
		held, err := w.User(t.Context(), user(2).Hex())
		must(t, err)
		equal(t, "the address of who is brought beside it", held.Email, held.ID+"@imported.invalid")
		hash, err = w.PasswordHash(t.Context(), held.ID)
		must(t, err)
		equal(t, "their password", hash, "")
		_, _, err = w.Membership(t.Context(), general.ID, ben.ID)
		equal(t, "who has not proven an address is let in nowhere", errors.Is(err, chat.ErrNotMember), true)
		m, err := w.Message(t.Context(), message(1).Hex())
		must(t, err)
		equal(t, "where the messages of general are", m.ChannelID, general.ID)
		equal(t, "whose they are", m.UserID, held.ID)
		// From now on the notes of the first run decide.
		email := "renamed@example.test"
		ada.UpdatedAt, ada.Email = day.Add(time.Hour), "ada@example.test"
		_, err = w.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Email: &email}, day)
		must(t, err)
		_, err = w.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Email: &ada.Email}, day.Add(time.Hour))
		must(t, err)
	}
}

func service(w Workspace, cost int) *accounts.Service {
	nothing := func(context.Context, string) error { return nil }
	return accounts.NewService(accounts.Options{
		Store: w, Key: []byte("key"), SealKey: bytes.Repeat([]byte("k"), 32), SignUp: accounts.SignUpOpen, Cores: 2, Cost: cost,
		Now: func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }, URL: "http://chat.example.test",
		Common: func(string) bool { return false }, Mailer: &accountstest.Post{}, Failed: func(context.Context, string, error) {},
		Leave: nothing, Welcome: nothing, Changed: func(accounts.User) {}, EndStreams: func(context.Context, string, string, string) {},
	})
}

func passwordsWork(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	bring(t, s, w)
	people := service(w, bcrypt.MinCost+1)
	for email, password := range map[string]string{"ada@example.test": chatPassword, "gus@example.test": authPassword} {
		before, err := w.PasswordHash(t.Context(), find(t, w, email).ID)
		must(t, err)
		if _, err := people.Authenticate(t.Context(), email, password+"x"); err == nil {
			t.Errorf("%s comes in with a wrong password", email)
		}
		u, err := people.Authenticate(t.Context(), email, password)
		must(t, err)
		after, err := w.PasswordHash(t.Context(), u.ID)
		must(t, err)
		if after == before || !strings.HasPrefix(after, "$2a$05$") {
			t.Errorf("the hash of %s is %s still", email, after)
		}
		_, err = people.Authenticate(t.Context(), email, password)
		must(t, err)
	}
	if _, err := people.Authenticate(t.Context(), "cleo@example.test", "anything at all"); err == nil {
		t.Error("a hash of an unknown kind lets somebody in")
	}
}

func factorsAsked(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.fillAuth(t)
	bring(t, s, w, func(o *importer.Options) { o.Source.(*mongodb.Source).Secret = "another one" })
	people := service(w, bcrypt.MinCost)
	answer := func(email, secret string) error {
		t.Helper()
		u := find(t, w, email)
		equal(t, email+" is asked for a second factor", u.TwoFactorEnabled, true)
		u.Banned = false
		challenge, err := people.StartChallenge(t.Context(), accounts.Challenge{User: u, Way: accounts.WayPassword})
		must(t, err)
		code, err := totp.GenerateCode(secret, time.Now())
		must(t, err)
		_, err = people.AnswerChallenge(t.Context(), challenge, accounts.FactorTOTP, code, "")
		return err
	}
	must(t, answer("ada@example.test", chatTOTP))
	for email, secret := range map[string]string{"hal@example.test": authTOTP, "jo@example.test": authTOTP, "cleo@example.test": chatTOTP} {
		if err := answer(email, secret); err == nil {
			t.Errorf("%s comes in, whose secret cannot be read", email)
		}
	}
	bring(t, s, w) // with the right secret
	must(t, answer("hal@example.test", authTOTP))
	if err := answer("jo@example.test", authTOTP); err == nil {
		t.Error("a damaged secret lets somebody in")
	}
	ivy, err := w.TwoFactor(t.Context(), user(14).Hex())
	must(t, err)
	equal(t, "a secret in the newer form", string(ivy.Secret), "plain:"+authTOTP)

	other := newSource(t, uri)
	other.insert(t, "user", bson.M{"_id": user(31), "email": "kim@example.test", "twoFactorEnabled": true}, bson.M{"_id": user(32), "email": "lou@example.test", "twoFactorEnabled": true})
	other.insert(t, "account", bson.M{"userId": user(31), "providerId": "credential", "password": authHash})
	other.insert(t, "twoFactor", bson.M{"userId": user(31), "secret": sealedBase32}, bson.M{"userId": user(32), "secret": "x"})
	bring(t, other, w, func(o *importer.Options) { o.DropTwoFactor = true })
	kim, err := w.TwoFactor(t.Context(), user(31).Hex())
	must(t, err)
	equal(t, "a secret from elsewhere", string(kim.Secret), "plain:JBSWY3DPEHPK3PXPJBSWY3DP")
	equal(t, "a factor that was dropped", find(t, w, "lou@example.test").TwoFactorEnabled, false)
}

func ownersFound(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillAuth(t)
	bring(t, s, w)
	work := newSource(t, uri)
	work.insert(t, "pegasus_user_plugins",
		bson.M{"_id": 7, "userId": user(14).Hex()}, bson.M{"_id": 8, "userId": "nano-id-of-32-characters-xxxxxxx"})
	bring(t, work, w)
	for source, want := range map[string]string{`{"$numberInt":"7"}`: user(14).Hex(), `{"$numberInt":"8"}`: find(t, w, "hal@example.test").ID} {
		docs, err := w.Documents(t.Context(), "pegasus_user_plugins", source[:len(source)-1], 1)
		must(t, err)
		equal(t, "what comes first", docs[0].SourceID, source)
		equal(t, "whose it is", docs[0].OwnerID, want)
	}
}

func marksCome(t *testing.T, uri string, w Workspace) {
	s := newSource(t, uri)
	s.fillChat(t)
	s.insert(t, "message_reactions",
		bson.M{"_id": oid('r', 2, day), "message_id": message(1).Hex(), "user_id": user(1).Hex(), "emoji": "🎉", "created_at": day},
		bson.M{"_id": oid('r', 3, day), "message_id": message(3), "user_id": user(1), "emoji": "👍"},   // deleted there
		bson.M{"_id": oid('r', 4, day), "message_id": message(999), "user_id": user(1), "emoji": "👍"}, // not there
		bson.M{"_id": oid('r', 5, day), "message_id": message(1), "user_id": user(98), "emoji": "👍"},
		bson.M{"_id": oid('r', 6, day), "message_id": message(1), "user_id": user(1), "emoji": "no emoji"},
		bson.M{"_id": "odd", "message_id": "m-odd", "user_id": user(1), "emoji": "👍"})
	s.insert(t, "bookmarks", bson.M{"_id": oid('b', 1, day), "message_id": message(2), "user_id": user(1), "created_at": day})
	bring(t, s, w)
	odd, err := w.Documents(t.Context(), "message_reactions", "", 100)
	must(t, err)
	ids := []string{message(1).Hex(), message(3).Hex()}
	for _, d := range odd {
		if d.SourceID == "odd" {
			ids = append(ids, d.TargetID)
		}
	}
	standing := func() (found []string) {
		t.Helper()
		all, err := w.Reactions(t.Context(), ids)
		must(t, err)
		for _, r := range all {
			found = append(found, fmt.Sprint(slices.Index(ids, r.MessageID), " ", r.UserID == user(1).Hex(), " ", r.Emoji))
		}
		slices.Sort(found)
		return found
	}
	equal(t, "the reactions", strings.Join(standing(), " "), "0 false 👍 0 true 🎉 2 true 👍")
	saved := func(userID string) (texts []string) {
		t.Helper()
		list, err := w.Bookmarks(t.Context(), userID, "", 10)
		must(t, err)
		for _, b := range list {
			texts = append(texts, b.MessageID)
		}
		return texts
	}
	equal(t, "what ada saved", strings.Join(saved(user(1).Hex()), " "), message(2).Hex())
	equal(t, "what ben saved", strings.Join(saved(user(2).Hex()), " "), message(1).Hex())
	_, err = w.RemoveReactions(t.Context(), message(1).Hex(), user(1).Hex(), "🎉")
	must(t, err)
	report := bring(t, s, w)
	equal(t, "the reactions after one was taken back and all were imported again", strings.Join(standing(), " "), "0 false 👍 2 true 👍")
	for _, l := range report.Lines {
		if l.Collection == "message_reactions" && l.Brought != 0 {
			t.Errorf("the second run brings %d reactions", l.Brought)
		}
	}
}
