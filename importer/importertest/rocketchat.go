package importertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/importer"
	"pegasus/importer/mongodb"
)

// Rocket tests imports of Rocket.Chat's database on the server into each of the stores.
func Rocket(t *testing.T, uri string, openers ...Opener) {
	for _, o := range openers {
		for _, test := range []struct {
			name string
			run  func(t *testing.T, s *source, w Workspace)
		}{
			{"people and history come", rocketComes},
			{"a second run changes nothing, nor undoes what was done here", rocketTwice},
			{"a dry run stores nothing and says the same", rocketDry},
		} {
			t.Run(o.Name+"/"+test.name, func(t *testing.T) {
				s := newSource(t, uri)
				s.fillRocket(t)
				test.run(t, s, o.Open(t))
			})
		}
		t.Run(o.Name+"/an interrupted import ends as one that was not", func(t *testing.T) {
			s := newSource(t, uri)
			s.fillRocket(t)
			interruptedEverywhere(t, o, func(w importer.Target) importer.Options { return rocketOptions(t, s, w) })
		})
	}
	t.Run("what is no database of Rocket.Chat is refused", func(t *testing.T) {
		if _, err := mongodb.OpenRocket(t.Context(), uri, newSource(t, uri).name); err == nil || !strings.Contains(err.Error(), "none of Rocket.Chat") {
			t.Errorf("it says %v", err)
		}
	})
}

// fillRocket makes a server of Ada, its admin, Ben, Cleo, who is off, Dora, a guest, and a program.
func (s *source) fillRocket(t *testing.T) {
	t.Helper()
	who := func(key string) bson.M { return bson.M{"_id": key, "username": strings.ToLower(key)} }
	s.insert(t, "users",
		bson.M{"_id": "ADA", "username": "ada", "name": "Ada Lovelace", "type": "user", "active": true, "roles": bson.A{"user", "admin"}, "createdAt": day,
			"emails": bson.A{bson.M{"address": "Ada@example.com", "verified": true}}, "statusText": "thinking", "services": bson.M{"password": bson.M{"bcrypt": "$2b$10$secret"}}},
		bson.M{"_id": "BEN", "username": "ben", "name": "Ben", "type": "user", "active": true, "emails": bson.A{bson.M{"address": "ben@example.com"}}, "createdAt": day},
		bson.M{"_id": "CLEO", "username": "cleo", "type": "user", "active": false, "emails": bson.A{bson.M{"address": "cleo@example.com"}}, "createdAt": day},
		bson.M{"_id": "DORA", "username": "dora", "type": "user", "active": true, "roles": bson.A{"guest"}, "emails": bson.A{bson.M{"address": "dora@example.com"}}, "createdAt": day},
		bson.M{"_id": "rocket.cat", "username": "rocket.cat", "name": "Rocket.Cat", "type": "bot", "roles": bson.A{"bot", "admin"}, "createdAt": day},
		bson.M{"_id": 7, "type": 5, "emails": "none", "roles": "admin"},
	)
	s.insert(t, "rocketchat_room",
		bson.M{"_id": "GENERAL", "t": "c", "name": "general", "topic": "All", "ts": day, "u": who("ADA")},
		bson.M{"_id": "plans", "t": "p", "name": "plans", "ts": day, "u": who("ADA")},
		bson.M{"_id": "BENADA", "t": "d", "uids": bson.A{"BEN", "ADA"}, "ts": day},
		bson.M{"_id": "live", "t": "l", "name": "visitor"},
	)
	s.insert(t, "rocketchat_subscription",
		bson.M{"_id": "s1", "rid": "GENERAL", "u": who("ADA"), "ts": day, "ls": day.Add(time.Hour), "roles": bson.A{"owner"}},
		bson.M{"_id": "s2", "rid": "GENERAL", "u": who("BEN"), "ts": day, "ls": day.Add(2 * time.Minute)},
		bson.M{"_id": "s3", "rid": "plans", "u": who("ADA"), "ts": day},
		bson.M{"_id": "s4", "rid": "BENADA", "u": who("ADA"), "ts": day, "ls": day.Add(time.Hour)},
		bson.M{"_id": "s5", "rid": "BENADA", "u": who("BEN"), "ts": day},
	)
	minute := func(n int) time.Time { return day.Add(time.Duration(n) * time.Minute) }
	s.insert(t, "rocketchat_message",
		bson.M{"_id": "m2", "rid": "GENERAL", "u": who("BEN"), "ts": minute(2), "msg": "second", "editedAt": minute(9)},
		bson.M{"_id": "m1", "rid": "GENERAL", "u": who("ADA"), "ts": minute(1), "msg": "*first* for @ben `@ben` @all", "tcount": 2, "pinned": true, "pinnedBy": who("BEN"),
			"starred": bson.A{bson.M{"_id": "BEN"}}, "reactions": bson.M{":thumbsup:": bson.M{"usernames": bson.A{"ada", "ben", "nobody"}}, ":own one:": bson.M{"usernames": bson.A{"ada"}}}},
		bson.M{"_id": "m3", "rid": "GENERAL", "u": who("BEN"), "ts": minute(3), "msg": "a reply", "tmid": "m1", "tshow": true},
		bson.M{"_id": "m4", "rid": "GENERAL", "u": who("ADA"), "ts": minute(4), "t": "uj", "msg": "ada"},
		bson.M{"_id": "m5", "rid": "GENERAL", "u": who("rocket.cat"), "ts": minute(5), "msg": "built", "alias": "Builds"},
		bson.M{"_id": "m6", "rid": "GENERAL", "u": who("ADA"), "ts": minute(6), "msg": "[ ](http://x/?msg=m1) yes", "files": bson.A{bson.M{"name": "a.pdf"}},
			"attachments": bson.A{bson.M{"message_link": "http://x"}, bson.M{"title": "Build", "text": "*ok*"}}},
		bson.M{"_id": "m7", "rid": "GENERAL", "u": who("GONE"), "ts": minute(7), "msg": "by nobody"},
		bson.M{"_id": "m8", "rid": "nowhere", "u": who("ADA"), "ts": minute(8), "msg": "lost"},
		bson.M{"_id": "m9", "rid": "GENERAL", "u": 5, "ts": "x", "msg": bson.A{}, "reactions": bson.A{}, "attachments": 7},
		bson.M{"_id": "p1", "rid": "plans", "u": who("ADA"), "ts": minute(1), "msg": "secret"},
		bson.M{"_id": "d1", "rid": "BENADA", "u": who("ADA"), "ts": minute(1), "msg": "to ben"},
	)
}

func rocketOptions(t *testing.T, s *source, w importer.Target) importer.Options {
	t.Helper()
	from, err := mongodb.OpenRocket(t.Context(), s.uri, s.name)
	must(t, err)
	t.Cleanup(func() { must(t, from.Close()) })
	from.Emoji = emojiNamed
	return importer.Options{Source: from, Target: w, Render: renderNames, Renderer: 9}
}

func bringRocket(t *testing.T, s *source, w importer.Target, dry bool) *importer.Report {
	t.Helper()
	o := rocketOptions(t, s, w)
	o.DryRun = dry
	report, err := importer.Run(t.Context(), o)
	must(t, err)
	return report
}

func rocketComes(t *testing.T, s *source, w Workspace) {
	report := bringRocket(t, s, w, false)
	ada, ben := find(t, w, "ada@example.com"), find(t, w, "ben@example.com")
	equal(t, "ada", fmt.Sprintf("%s %s %s %v %s", ada.Name, ada.Username, ada.Role, ada.EmailVerified, ada.StatusMessage), "Ada Lovelace ada user true thinking")
	hash, err := w.PasswordHash(t.Context(), ada.ID)
	must(t, err)
	equal(t, "her password", hash, "")
	equal(t, "who is off", fmt.Sprint(find(t, w, "cleo@example.com").Deactivated, find(t, w, "dora@example.com").Deactivated), "true true")
	equal(t, "the admins", report.Count("users", "admins in Rocket.Chat, and members here: make them admins under Admin, or bring roles with --roles"), 1)
	room := func(key string) chat.Channel {
		c, err := w.Channel(t.Context(), noted(t, w, "rocketchat_channels", key))
		must(t, err)
		return c
	}
	general := room("GENERAL")
	page, err := w.Messages(t.Context(), general.ID, chat.Page{Around: 1, Limit: 50})
	must(t, err)
	var texts []string
	for _, m := range page {
		texts = append(texts, strings.ReplaceAll(m.Content, "\n", "/"))
	}
	equal(t, "the texts", strings.Join(texts, "; "), "; **first** for @ben `@ben` @channel; second; a reply; built; yes//> **Build**/> /> **ok**//📎 a.pdf; by nobody")
	equal(t, "the thread", fmt.Sprint(page[1].ReplyCount, page[3].ParentID == page[1].ID, page[3].AlsoChannel), "1 true true")
	equal(t, "as whom a program wrote", page[4].Guise.Name, "Builds")
	found, err := w.Reactions(t.Context(), []string{page[1].ID})
	must(t, err)
	equal(t, "the reactions", len(found), 2)
	saved, err := w.Bookmarks(t.Context(), ben.ID, "", 10)
	must(t, err)
	equal(t, "the bookmarks", len(saved), 1)
	pins, err := w.Pins(t.Context(), general.ID)
	must(t, err)
	equal(t, "the pins", len(pins) == 1 && pins[0].PinnedBy == ben.ID, true)
	for _, test := range []struct {
		who    accounts.User
		room   string
		unread int64
	}{{ada, "GENERAL", 0}, {ben, "GENERAL", 3}, {ben, "BENADA", 1}} {
		c, m, err := w.Membership(t.Context(), room(test.room).ID, test.who.ID)
		must(t, err)
		equal(t, "what is unread for "+test.who.Name+" in "+test.room, m.Unread(c.LastSeq), test.unread)
	}
	equal(t, "a private channel and a conversation", string(room("plans").Type)+" "+string(room("BENADA").Type), "private dm")
	if strings.Contains(dump(t, w), "secret\"") {
		t.Error("a hash of a password was stored")
	}
}

func rocketTwice(t *testing.T, s *source, w Workspace) {
	first := bringRocket(t, s, w, false)
	docs, err := w.Documents(t.Context(), "rocketchat_pins", "", 10)
	must(t, err)
	_, err = w.TogglePin(t.Context(), docs[0].TargetID, "", day)
	must(t, err)
	before := dump(t, w)
	second := bringRocket(t, s, w, false)
	equal(t, "everything after a second run", dump(t, w), before)
	for i, l := range second.Lines {
		if l.Brought != 0 || l.Kept != 0 || l.Read != first.Lines[i].Read {
			t.Errorf("the second run says %+v, the first %+v", *l, *first.Lines[i])
		}
	}
}

func rocketDry(t *testing.T, s *source, w Workspace) {
	driesAlike(t, w, func(dry bool) *importer.Report { return bringRocket(t, s, w, dry) })
}
