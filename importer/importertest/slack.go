package importertest

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/imported"
	"pegasus/importer"
	"pegasus/importer/slack"
)

// Slack tests imports of Slack's exports into each of the stores.
func Slack(t *testing.T, openers ...Opener) {
	for _, o := range openers {
		for _, test := range []struct {
			name string
			run  func(t *testing.T, w Workspace)
		}{
			{"people come, and roles do not by themselves", slackPeople},
			{"history comes in its order, read", slackHistory},
			{"texts name the people here", slackTexts},
			{"private channels stay private", slackPrivate},
			{"a second run changes nothing, nor undoes what was done here", slackTwice},
			{"a later export is appended, read", slackLater},
			{"a dry run stores nothing and says the same", slackDry},
			{"people are joined to proven accounts alone", slackJoined},
		} {
			t.Run(o.Name+"/"+test.name, func(t *testing.T) { test.run(t, o.Open(t)) })
		}
		t.Run(o.Name+"/an interrupted import ends as one that was not", func(t *testing.T) {
			file := export(t, slackFiles())
			interruptedEverywhere(t, o, func(w importer.Target) importer.Options { return slackOptions(t, file, w) })
		})
	}
	t.Run("every store ends with the same", func(t *testing.T) {
		want, file := "", export(t, slackFiles())
		for _, o := range openers {
			w := o.Open(t)
			bringSlack(t, file, w)
			got := dump(t, w)
			if want == "" {
				want = got
			}
			equal(t, "what "+o.Name+" holds", got, want)
		}
	})
}

// export writes files as a zip file.
func export(t *testing.T, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.zip")
	out, err := os.Create(path)
	must(t, err)
	z := zip.NewWriter(out)
	for name, text := range files {
		w, err := z.Create(name)
		must(t, err)
		_, err = w.Write([]byte(text))
		must(t, err)
	}
	must(t, z.Close())
	must(t, out.Close())
	return path
}

func slackOptions(t *testing.T, file string, w importer.Target) importer.Options {
	t.Helper()
	from, err := slack.Open(file)
	must(t, err)
	t.Cleanup(func() { must(t, from.Close()) })
	from.Emoji = emojiNamed
	return importer.Options{Source: from, Target: w, Render: renderNames, Renderer: 9}
}

// emojiNamed knows two of the names that messages here have.
func emojiNamed(name string) (string, bool) {
	one := map[string]string{"tada": "🎉", "thumbsup": "👍"}[name]
	return one, one != ""
}

// renderNames shows which names are mentions.
func renderNames(text string, is func(string) bool) string {
	words := strings.Fields(text)
	for i, word := range words {
		if name, at := strings.CutPrefix(strings.Trim(word, ".,"), "@"); at && is(name) {
			words[i] = "<" + name + ">"
		}
	}
	return strings.Join(words, " ")
}

func bringSlack(t *testing.T, file string, w importer.Target, change ...func(*importer.Options)) *importer.Report {
	t.Helper()
	o := slackOptions(t, file, w)
	for _, c := range change {
		c(&o)
	}
	report, err := importer.Run(t.Context(), o)
	must(t, err)
	return report
}

// slackDay is when the fixtures' first messages were written.
var slackDay = time.Unix(1_700_000_000, 0).UTC()

// slackFiles are a workspace of Ada, who owns it, Ben, Cleo, who has left, Dora, a guest, Emil without an address, and a program.
func slackFiles() map[string]string {
	return map[string]string{
		"users.json": `[
			{"id":"U1","name":"ada","real_name":"Ada Lovelace","is_admin":true,"is_owner":true,"updated":1690000000,
			 "profile":{"real_name":"Ada Lovelace","display_name":"Ada","email":" Ada@Example.com","status_text":"R&amp;D","status_emoji":":palm_tree:","title":"Countess","image_512":"https://a.example.com/1.png"}},
			{"id":"U2","name":"ben","profile":{"real_name":"Ben","email":"ben@example.com","title":"Baker"}},
			{"id":"U3","name":"cleo","deleted":true,"profile":{"real_name":"Cleo","display_name":"Cleo *C*","email":"cleo@example.com"}},
			{"id":"U4","name":"dora","is_restricted":true,"profile":{"real_name":"Dora","email":"dora@example.com"}},
			{"id":"U5","name":"emil","profile":{"real_name":"Emil"}},
			{"id":"UB","name":"deploy","is_bot":true,"is_admin":true,"profile":{"real_name":"Ada","bot_id":"B1","email":"bot@example.com"}},
			{"id":"U9","name":7},
			{"id":"U1","name":"twice"}]`,
		"channels.json": `[
			{"id":"C1","name":"general","created":1600000000,"creator":"U1","members":["U1","U2","U4","U404"],
			 "topic":{"value":"A &lt;topic&gt;"},"purpose":{"value":"Everyone"},"pins":[{"id":"1700000000.000100","type":"C","created":1700000500,"user":"U2"},{"id":"F1","type":"F"}]},
			{"id":"C2","name":"old stuff","created":1600000001,"creator":"U3","is_archived":true,"members":[]}]`,
		"groups.json": `[{"id":"G1","name":"leads","created":1600000002,"creator":"U2","members":["U1","U2"]}]`,
		"dms.json":    `[{"id":"D1","created":1600000003,"members":["U1","U2"]},{"id":"D2","created":1600000004,"members":["U1","U404"]}]`,
		"mpims.json":  `[{"id":"M1","name":"mpdm-ada--ben--cleo-1","created":1600000005,"members":["U1","U2","U3"]}]`,
		"general/2023-11-14.json": `[
			{"type":"message","user":"U2","ts":"1700000000.000200","text":"second","edited":{"user":"U2","ts":"1700000060.000000"}},
			{"type":"message","user":"U1","ts":"1700000000.000100","text":"first, by microseconds","thread_ts":"1700000000.000100","reply_count":2,
			 "reactions":[{"name":"thumbsup::skin-tone-4","users":["U1","U2","U404"]},{"name":"party_parrot","users":["U2"]},{"name":"bad name","users":["U2"]}]},
			{"type":"message","user":"U2","ts":"1700000001.000000","text":"a reply","thread_ts":"1700000000.000100"},
			{"type":"message","subtype":"channel_join","user":"U4","ts":"1700000002.000000","text":"<@U4> has joined"},
			{"type":"message","subtype":"thread_broadcast","user":"U1","ts":"1700000003.000000","text":"to all","thread_ts":"1700000000.000100"},
			{"type":"message","user":"U1","ts":"1700000004.000000","text":"lost root","thread_ts":"1690000000.000000"},
			{"type":"message","subtype":"tombstone","user":"USLACKBOT","ts":"1700000005.000000","text":"This message was deleted.","thread_ts":"1700000005.000000"},
			{"type":"message","user":"U3","ts":"1700000006.000000","text":"under nothing","thread_ts":"1700000005.000000"},
			{"type":"message","user":"U404","ts":"1700000007.000000","text":"by nobody"},
			{"type":"message","user":"U405","ts":"1700000008.000000","text":"from next door","user_profile":{"real_name":"Nina","display_name":""}},
			{"type":"message","user":5,"ts":"1700000009.000000","text":"odd"},
			{"type":"message","user":"U1","ts":"yesterday","text":"odd"}]`,
		"general/2023-11-15.json": `[
			{"type":"message","user":"U1","ts":"1700090000.000000","text":"Hi <@U2>, <@U3>, <@U404> in <#C2|>: *bold* &lt;b&gt; <https://example.com/?a=1&amp;b=2|page> :tada:"},
			{"type":"message","subtype":"bot_message","bot_id":"B1","username":"Robot","icons":{"emoji":":rocket:"},"ts":"1700090001.000000","text":"","attachments":[{"title":"Build","text":"*ok*"},{"from_url":"https://x.example.com","title":"fetched"}]},
			{"type":"message","subtype":"bot_message","bot_id":"B1","username":"ben","ts":"1700090002.000000","text":"in his name"},
			{"type":"message","user":"U1","ts":"1700090003.000000","text":"look","files":[{"name":"a [b].pdf","permalink":"https://ws.slack.com/files/U1/F1/a.pdf?t=xoxe-key","url_private":"https://files.slack.com/a?t=xoxe-key"},{"name":"doc","is_external":true,"url_private":"https://docs.example.com/?id=1"},{"name":"c","is_external":true,"permalink":"https://ws.slack.com/c","url_private":"https://files.slack.com/c?t=xoxe-key"},{"mode":"tombstone"}]},
			{"type":"message","subtype":"me_message","user":"U2","ts":"1700090004.000000","text":"waves"},
			{"type":"message","user":"U1","ts":"1700000000.000200","text":"the second again"}]`,
		"leads/2023-11-14.json":                 `[{"type":"message","user":"U1","ts":"1700000100.000000","text":"secret"}]`,
		"D1/2023-11-14.json":                    `[{"type":"message","user":"U1","ts":"1700000200.000000","text":"to ben"}]`,
		"D2/2023-11-14.json":                    `[{"type":"message","user":"U404","ts":"1700000300.000000","text":"to ada"}]`,
		"mpdm-ada--ben--cleo-1/2023-11-14.json": `[{"type":"message","user":"U1","ts":"1700000400.000000","text":"to both"}]`,
		"nowhere/2023-11-14.json":               `[{"type":"message","user":"U1","ts":"1700000500.000000","text":"lost"}]`,
		"general/../../evil.json":               `[]`,
		"integration_logs.json":                 `[]`,
	}
}

// in returns the channel here of one of Slack's.
func in(t *testing.T, w Workspace, key string) chat.Channel {
	t.Helper()
	c, err := w.Channel(t.Context(), noted(t, w, "slack_channels", key))
	must(t, err)
	return c
}

func noted(t *testing.T, w Workspace, kind, key string) string {
	t.Helper()
	docs, err := w.Documents(t.Context(), kind, "", 1000)
	must(t, err)
	at := slices.IndexFunc(docs, func(d imported.Document) bool { return d.SourceID == key })
	if at < 0 {
		t.Fatalf("there is no note about %s of %s", key, kind)
	}
	return docs[at].TargetID
}

func slackPeople(t *testing.T, w Workspace) {
	file := export(t, slackFiles())
	report := bringSlack(t, file, w)
	ada := find(t, w, "ada@example.com")
	equal(t, "ada", ada, accounts.User{
		ID: ada.ID, Email: "ada@example.com", Name: "Ada Lovelace", DisplayName: "Ada", Username: "ada", Role: accounts.RoleUser, Preferences: "{}",
		Status: accounts.StatusOffline, StatusMessage: "R&D", StatusEmoji: "🌴", Notify: accounts.Notify{NewDevice: true},
		CreatedAt: slackDay, UpdatedAt: slackDay,
	})
	hash, err := w.PasswordHash(t.Context(), ada.ID)
	must(t, err)
	equal(t, "her password", hash, "")
	equal(t, "a title without a status", find(t, w, "ben@example.com").StatusMessage, "Baker")
	equal(t, "who has left is off", find(t, w, "cleo@example.com").Deactivated, true)
	equal(t, "a guest is off", find(t, w, "dora@example.com").Deactivated, true)
	emil, err := w.User(t.Context(), noted(t, w, "slack_users", "U5"))
	must(t, err)
	equal(t, "an address of who has none", emil.Email, emil.ID+"@imported.invalid")
	bot, err := w.User(t.Context(), noted(t, w, "slack_users", "UB"))
	must(t, err)
	equal(t, "a program", fmt.Sprint(bot.Bot, bot.Deactivated, bot.Role, bot.Name, bot.Email), "true trueuserAda (bot)bot:"+bot.ID)
	nina, err := w.User(t.Context(), noted(t, w, "slack_users", "U405"))
	must(t, err)
	equal(t, "somebody of another workspace", fmt.Sprint(nina.Name, nina.Deactivated), "Ninatrue")
	for reason, want := range map[string]int{
		"admins or owners in Slack, and members here: make them admins under Admin, or bring roles with --roles":        1,
		"guests in Slack, who would see every public channel here: their accounts are off until an admin turns them on": 1,
		"without an id of Slack's, or with that of somebody else":                                                       1,
		"not as Slack writes them":                     1,
		"without a usable address: nobody can sign in": 2, // emil and nina
	} {
		equal(t, reason, report.Count("users", reason), want)
	}
}

func slackHistory(t *testing.T, w Workspace) {
	report := bringSlack(t, export(t, slackFiles()), w)
	general := in(t, w, "C1")
	equal(t, "general", fmt.Sprint(general.Name, general.Topic, general.Description, general.Type, general.Archived, general.MemberCount, general.LastSeq),
		"generalA <topic>Everyonepublicfalse 3 14")
	page, err := w.Messages(t.Context(), general.ID, chat.Page{Around: 1, Limit: 50})
	must(t, err)
	var texts []string
	for _, m := range page {
		texts = append(texts, m.Content)
	}
	equal(t, "the order", strings.Join(texts[:8], "; "), "first, by microseconds; second; a reply; to all; lost root; under nothing; by nobody; from next door")
	first := page[0]
	equal(t, "the replies", fmt.Sprint(first.ReplyCount, page[2].ParentID == first.ID, page[2].AlsoChannel, page[3].AlsoChannel), "2 true false true")
	equal(t, "a reply whose root is not there", page[4].ParentID, "")
	equal(t, "when it was edited", page[1].EditedAt, slackDay.Add(time.Minute))
	root, err := w.Message(t.Context(), page[5].ParentID)
	must(t, err)
	equal(t, "a root that was deleted", fmt.Sprint(root.Deleted, root.Content), "true")
	pins, err := w.Pins(t.Context(), general.ID)
	must(t, err)
	equal(t, "the pins", fmt.Sprint(len(pins), pins[0].ID == first.ID, pins[0].PinnedBy == noted(t, w, "slack_users", "U2")), "1 true true")
	found, err := w.Reactions(t.Context(), []string{first.ID})
	must(t, err)
	var emoji []string
	for _, r := range found {
		emoji = append(emoji, r.Emoji)
	}
	slices.Sort(emoji)
	equal(t, "the reactions", strings.Join(emoji, " "), ":party_parrot: 👍🏽 👍🏽 👍🏽")
	ada := find(t, w, "ada@example.com")
	for _, key := range []string{"C1", "G1", "D1", "M1"} {
		c, m, err := w.Membership(t.Context(), in(t, w, key).ID, ada.ID)
		must(t, err)
		equal(t, "what is unread in "+key, m.Unread(c.LastSeq), 0)
	}
	threads, err := w.UnreadThreads(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the unread threads", threads, 0)
	equal(t, "what was archived", fmt.Sprint(in(t, w, "C2").Archived, in(t, w, "C2").Name), "trueold-stuff")
	for _, l := range report.Lines {
		if l.Collection == "messages" {
			equal(t, "the count of messages", *l, importer.Line{Collection: "messages", Read: 22, Brought: 18, Already: 1, LeftOut: 3})
		}
	}
	equal(t, "a folder of no channel", report.Count("channels", "a folder of messages whose channel is in no list: left out"), 1)
	equal(t, "what is not looked at", strings.Join(report.Ignored, " "), "integration_logs.json")
}

func slackTexts(t *testing.T, w Workspace) {
	bringSlack(t, export(t, slackFiles()), w)
	page, err := w.Messages(t.Context(), in(t, w, "C1").ID, chat.Page{After: 9, Limit: 50})
	must(t, err)
	equal(t, "a text", page[0].Content, `Hi @ben, @Cleo \*C\*, @U404 in #old stuff: **bold** \<b> [page](<https://example.com/?a=1&b=2>) 🎉`)
	equal(t, "whom it mentions", strings.Contains(page[0].HTML, "<ben>"), true)
	equal(t, "an attachment", page[1].Content, "> **Build**\n> \n> **ok**")
	equal(t, "as whom a program wrote", page[1].Guise, chat.Guise{Name: "Robot", Emoji: "🚀"})
	equal(t, "as whom it may not", page[2].Guise, chat.Guise{})
	equal(t, "a file", page[3].Content, "look\n\n📎 [a \\[b\\].pdf](<https://ws.slack.com/files/U1/F1/a.pdf>)\n📎 [doc](<https://docs.example.com/?id=1>)\n📎 [c](<https://ws.slack.com/c>)\n📎 a file that was deleted in Slack")
	equal(t, "what somebody does", page[4].Content, "_waves_")
	if strings.Contains(dump(t, w), "xoxe") {
		t.Error("a key that opens files in Slack was stored")
	}
}

func slackPrivate(t *testing.T, w Workspace) {
	must(t, w.CreateChannel(t.Context(), chat.Channel{ID: oid('c', 50, day).Hex(), Name: "leads", Type: chat.Public, CreatedAt: day}, nil))
	bringSlack(t, export(t, slackFiles()), w)
	leads := in(t, w, "G1")
	equal(t, "a private channel beside a public one of its name", string(leads.Type)+leads.Name, "privateleads")
	members, err := w.Members(t.Context(), leads.ID, "", 10)
	must(t, err)
	equal(t, "who is in it", len(members), 2)
	for _, m := range members {
		equal(t, "who made it keeps order in it", m.Role == chat.RoleAdmin, m.UserID == find(t, w, "ben@example.com").ID)
	}
	open, err := w.Messages(t.Context(), oid('c', 50, day).Hex(), chat.Page{Limit: 10})
	must(t, err)
	equal(t, "what is in the public one", len(open), 0)
	equal(t, "the types of conversations", string(in(t, w, "D1").Type)+" "+string(in(t, w, "M1").Type)+" "+string(in(t, w, "D2").Type), "dm group dm")
}

func slackTwice(t *testing.T, w Workspace) {
	file := export(t, slackFiles())
	first := bringSlack(t, file, w)
	ctx, general, ada := t.Context(), in(t, w, "C1"), find(t, w, "ada@example.com")
	page, err := w.Messages(ctx, general.ID, chat.Page{Around: 1, Limit: 3})
	must(t, err)
	_, err = w.TogglePin(ctx, page[0].ID, ada.ID, day)
	must(t, err)
	_, err = w.DeleteMessage(ctx, page[1].ID, "", day)
	must(t, err)
	must(t, w.RemoveMember(ctx, in(t, w, "G1").ID, ada.ID))
	name := "Renamed"
	_, err = w.UpdateUser(ctx, ada.ID, accounts.UserChange{Name: &name}, day)
	must(t, err)
	before := dump(t, w)
	second := bringSlack(t, file, w)
	equal(t, "everything after a second run", dump(t, w), before)
	for i, l := range second.Lines {
		if l.Brought != 0 || l.Kept != 0 || l.Read != first.Lines[i].Read {
			t.Errorf("the second run says %+v, the first %+v", *l, *first.Lines[i])
		}
	}
}

func slackLater(t *testing.T, w Workspace) {
	bringSlack(t, export(t, slackFiles()), w)
	general, ada := in(t, w, "C1"), find(t, w, "ada@example.com")
	files := slackFiles()
	files["general/2023-12-24.json"] = `[{"type":"message","user":"U2","ts":"1703400000.000000","text":"new"},
		{"type":"message","user":"U2","ts":"1703400001.000000","text":"new reply","thread_ts":"1700000000.000100"}]`
	files["users.json"] = strings.Replace(files["users.json"], `"id":"U5"`, `"id":"U6","name":"fay","profile":{"real_name":"Fay","email":"fay@example.com"}},{"id":"U5"`, 1)
	report := bringSlack(t, export(t, files), w)
	c, m, err := w.Membership(t.Context(), general.ID, ada.ID)
	must(t, err)
	equal(t, "how many there are", c.LastSeq, general.LastSeq+2)
	equal(t, "what is unread", m.Unread(c.LastSeq), 0)
	page, err := w.Messages(t.Context(), general.ID, chat.Page{Around: 1, Limit: 1})
	must(t, err)
	equal(t, "how many replies", page[0].ReplyCount, 3)
	threads, err := w.UnreadThreads(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the unread threads", threads, 0)
	find(t, w, "fay@example.com")
	for _, l := range report.Lines {
		if l.Collection == "users" {
			equal(t, "the new people", l.Brought, 1)
		}
	}
}

func slackDry(t *testing.T, w Workspace) {
	file := export(t, slackFiles())
	driesAlike(t, w, func(dry bool) *importer.Report {
		return bringSlack(t, file, w, func(o *importer.Options) { o.DryRun = dry })
	})
}

func slackJoined(t *testing.T, w Workspace) {
	for n, email := range []string{"ada@example.com", "ben@example.com"} {
		err := w.CreateUser(t.Context(), accounts.User{
			ID: oid('u', 60+n, day).Hex(), Email: email, EmailVerified: n == 0, Name: "Here", Username: fmt.Sprint("here", n), Role: accounts.RoleUser,
			Preferences: "{}", Status: accounts.StatusOffline, CreatedAt: day, UpdatedAt: day,
		}, "hash")
		must(t, err)
	}
	bringSlack(t, export(t, slackFiles()), w, func(o *importer.Options) { o.Source.(*slack.Source).Roles = true })
	ada := find(t, w, "ada@example.com")
	equal(t, "a proven account takes what is theirs", fmt.Sprint(noted(t, w, "slack_users", "U1") == ada.ID, ada.Role, ada.Name), "trueuserHere")
	held, err := w.User(t.Context(), noted(t, w, "slack_users", "U2"))
	must(t, err)
	equal(t, "who is brought beside an unproven one", held.Email, held.ID+"@imported.invalid")
	page, err := w.Messages(t.Context(), in(t, w, "D1").ID, chat.Page{Limit: 10})
	must(t, err)
	equal(t, "who wrote", page[0].UserID, ada.ID)
	if _, _, err := w.Membership(t.Context(), in(t, w, "D1").ID, find(t, w, "ben@example.com").ID); err == nil {
		t.Error("an account that never proved its address is in a conversation of the export")
	}
}
