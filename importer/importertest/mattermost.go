package importertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/importer"
	"pegasus/importer/mattermost"
)

// Mattermost tests imports of Mattermost's bulk exports into each of the stores.
func Mattermost(t *testing.T, openers ...Opener) {
	for _, o := range openers {
		for _, test := range []struct {
			name string
			run  func(t *testing.T, w Workspace)
		}{
			{"people come, and roles do not by themselves", mattermostPeople},
			{"history comes in its order, read", mattermostHistory},
			{"channels of several teams keep apart", mattermostTeams},
			{"a second run changes nothing, nor undoes what was done here", mattermostTwice},
			{"a dry run stores nothing and says the same", mattermostDry},
			{"people are joined to proven accounts alone", mattermostJoined},
		} {
			t.Run(o.Name+"/"+test.name, func(t *testing.T) { test.run(t, o.Open(t)) })
		}
		t.Run(o.Name+"/an interrupted import ends as one that was not", func(t *testing.T) {
			file := export(t, map[string]string{"import.jsonl": mattermostLines, "data/a.png": "x"})
			interruptedEverywhere(t, o, func(w importer.Target) importer.Options { return mattermostOptions(t, file, w) })
		})
	}
}

// mattermostLines are a server of two teams: Ada, its admin, Ben, Cleo, who has left, Dora, a guest, and a program.
const mattermostLines = `{"type":"version","version":1,"info":{"generator":"mattermost-server"}}
{"type":"role","role":{"name":"x"}}
{"type":"emoji","emoji":{"name":"parrot","image":"data/parrot.png"}}
{"type":"team","team":{"name":"alpha","display_name":"Alpha","type":"O"}}
{"type":"team","team":{"name":"beta","display_name":"Beta","type":"I"}}
{"type":"channel","channel":{"team":"alpha","name":"town-square","display_name":"Town Square","type":"O","header":"A  header","purpose":"All"}}
{"type":"channel","channel":{"team":"beta","name":"town-square","display_name":"Town Square","type":"O"}}
{"type":"channel","channel":{"team":"alpha","name":"plans","type":"P"}}
{"type":"channel","channel":{"team":"alpha","name":"gone","type":"O","deleted_at":1700000000000}}
{"type":"channel","channel":{"team":"alpha","name":"bad name","type":"O"}}
{"type":"user","user":{"username":"ada","email":"Ada@example.com","nickname":"Ada","first_name":"Ada","last_name":"Lovelace","position":"Countess","roles":"system_user system_admin","password":"hash","custom_status":{"emoji":"tada","text":"busy"},"teams":[{"name":"alpha","roles":"team_user","channels":[{"name":"town-square","roles":"channel_user channel_admin"},{"name":"plans","roles":"channel_user"},{"name":"nowhere"}]},{"name":"beta","channels":[{"name":"town-square","roles":"channel_user"}]}]}}
{"type":"user","user":{"username":"ben","email":"ben@example.com","roles":"system_user","teams":[{"name":"alpha","channels":[{"name":"town-square"}]}]}}
{"type":"user","user":{"username":"cleo","email":"cleo@example.com","delete_at":1700000000000}}
{"type":"user","user":{"username":"dora","email":"dora@example.com","roles":"system_guest"}}
{"type":"user","user":{"username":7}}
{"type":"bot","bot":{"username":"robot","display_name":"Ada","owner":"ada"}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"ben","message":"second","create_at":1700000002000,"edit_at":1700000060000}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"ada","message":"first for @ben, @cleo and @all","create_at":1700000001000,"is_pinned":true,"flagged_by":["ben"],"reactions":[{"user":"ben","emoji_name":"thumbsup_medium_skin_tone","create_at":1700000003000},{"user":"ben","emoji_name":"bad name","create_at":1}],"replies":[{"user":"ben","message":"late reply","create_at":1700000090000,"reactions":[{"user":"ada","emoji_name":"tada","create_at":1700000091000}]},{"user":"ada","message":"early reply","create_at":1700000001500}],"attachments":[{"path":"data/20231114/teams/noteam/a.png"}]}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"ada","type":"system_join_channel","message":"ada joined","create_at":1700000004000}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"ada","message":"","props":{"from_webhook":"true","override_username":"Builds","attachments":[{"title":"Build","text":"**ok**"}]},"create_at":1700000005000}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"ada","message":"twin","create_at":1700000006000}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"ada","message":"other twin","create_at":1700000006000}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"stranger","message":"by nobody","create_at":1700000007000}}
{"type":"post","post":{"team":"alpha","channel":"nowhere","user":"ada","message":"lost","create_at":1700000008000}}
{"type":"post","post":{"team":"alpha","channel":"town-square","user":"ada","message":"lost in time","create_at":-5}}
{"type":"post","post":{"team":"beta","channel":"town-square","user":"ada","message":"of beta","create_at":1700000009000}}
{"type":"post","post":{"team":"alpha","channel":"plans","user":"ada","message":"secret","create_at":1700000010000}}
{"type":"direct_channel","direct_channel":{"members":["ben","ada"],"header":""}}
{"type":"direct_channel","direct_channel":{"participants":[{"username":"ada"},{"username":"ben"},{"username":"cleo"}]}}
{"type":"direct_post","direct_post":{"channel_members":["ada","ben"],"user":"ada","message":"to ben","create_at":1700000011000}}
{"type":"direct_post","direct_post":{"channel_members":["ada","ben","cleo"],"user":"ada","message":"to both","create_at":1700000012000}}
{"type":"direct_post","direct_post":{"channel_members":["ada","nobody"],"user":"ada","message":"to nobody","create_at":1700000013000}}
{"type":"post","pos`

func mattermostFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.jsonl")
	must(t, os.WriteFile(path, []byte(mattermostLines), 0o600))
	return path
}

func mattermostOptions(t *testing.T, file string, w importer.Target) importer.Options {
	t.Helper()
	from, err := mattermost.Open(file)
	must(t, err)
	t.Cleanup(func() { must(t, from.Close()) })
	from.Emoji = emojiNamed
	return importer.Options{Source: from, Target: w, Render: renderNames, Renderer: 9}
}

func bringMattermost(t *testing.T, file string, w importer.Target, change ...func(*importer.Options)) *importer.Report {
	t.Helper()
	o := mattermostOptions(t, file, w)
	for _, c := range change {
		c(&o)
	}
	report, err := importer.Run(t.Context(), o)
	must(t, err)
	return report
}

func team(t *testing.T, w Workspace, key string) chat.Channel {
	t.Helper()
	c, err := w.Channel(t.Context(), noted(t, w, "mattermost_channels", key))
	must(t, err)
	return c
}

func mattermostPeople(t *testing.T, w Workspace) {
	report := bringMattermost(t, mattermostFile(t), w)
	ada := find(t, w, "ada@example.com")
	equal(t, "ada", ada, accounts.User{
		ID: ada.ID, Email: "ada@example.com", Name: "Ada Lovelace", DisplayName: "Ada", Username: "ada", Role: accounts.RoleUser, Preferences: "{}",
		Status: accounts.StatusOffline, StatusMessage: "busy", StatusEmoji: "🎉", Notify: accounts.Notify{NewDevice: true},
		CreatedAt: slackDay.Add(time.Second), UpdatedAt: slackDay.Add(time.Second),
	})
	hash, err := w.PasswordHash(t.Context(), ada.ID)
	must(t, err)
	equal(t, "her password", hash, "")
	equal(t, "who has left is off", find(t, w, "cleo@example.com").Deactivated, true)
	equal(t, "a guest is off", find(t, w, "dora@example.com").Deactivated, true)
	bot, err := w.User(t.Context(), noted(t, w, "mattermost_users", "robot"))
	must(t, err)
	equal(t, "a program", fmt.Sprint(bot.Bot, bot.Deactivated, bot.Name), "true trueAda (bot)")
	equal(t, "the admins", report.Count("users", "admins in Mattermost, and members here: make them admins under Admin, or bring roles with --roles"), 1)
	equal(t, "the guests", report.Count("users", "guests in Mattermost, who would see every public channel here: their accounts are off until an admin turns them on"), 1)
	equal(t, "the odd lines", report.Count("messages", "lines that are not as Mattermost writes them"), 2)
	equal(t, "what is not looked at", strings.Join(report.Ignored, "; "), "1 of type emoji; 1 of type role")
}

func mattermostHistory(t *testing.T, w Workspace) {
	report := bringMattermost(t, mattermostFile(t), w)
	square := team(t, w, "alpha/town-square")
	page, err := w.Messages(t.Context(), square.ID, chat.Page{Around: 1, Limit: 50})
	must(t, err)
	var texts []string
	for _, m := range page {
		texts = append(texts, m.Content)
	}
	equal(t, "the texts", strings.ReplaceAll(strings.Join(texts, "; "), "\n", "/"),
		"first for @ben, @cleo and @channel//📎 a.png; early reply; second; > **Build**/> /> **ok**; twin; other twin; by nobody; late reply")
	equal(t, "the thread", fmt.Sprint(page[0].ReplyCount, page[1].ParentID == page[0].ID, page[7].ParentID == page[0].ID), "2 true true")
	equal(t, "whom it mentions", strings.Contains(page[0].HTML, "<ben>"), true)
	equal(t, "when it was edited", page[2].EditedAt, slackDay.Add(time.Minute))
	equal(t, "as whom a webhook wrote", page[3].Guise.Name, "Builds")
	hooked, err := w.User(t.Context(), page[3].UserID)
	must(t, err)
	equal(t, "who wrote it", hooked.Bot, true)
	found, err := w.Reactions(t.Context(), []string{page[0].ID, page[7].ID})
	must(t, err)
	var emoji []string
	for _, r := range found {
		emoji = append(emoji, r.Emoji)
	}
	slices.Sort(emoji)
	equal(t, "the reactions", strings.Join(emoji, " "), "🎉 👍🏽")
	saved, err := w.Bookmarks(t.Context(), find(t, w, "ben@example.com").ID, "", 10)
	must(t, err)
	equal(t, "the bookmarks", len(saved), 1)
	pins, err := w.Pins(t.Context(), square.ID)
	must(t, err)
	equal(t, "the pins", len(pins), 1)
	ada := find(t, w, "ada@example.com")
	for _, key := range []string{"alpha/town-square", "alpha/plans", "ada ben", "ada ben cleo"} {
		c, m, err := w.Membership(t.Context(), team(t, w, key).ID, ada.ID)
		must(t, err)
		equal(t, "what is unread in "+key, m.Unread(c.LastSeq), 0)
	}
	equal(t, "files", report.Count("messages", "with files, of which the names alone are brought"), 1)
	for _, l := range report.Lines {
		if l.Collection == "messages" {
			equal(t, "the count of messages", *l, importer.Line{Collection: "messages", Read: 18, Brought: 13, LeftOut: 5})
		}
	}
}

func mattermostTeams(t *testing.T, w Workspace) {
	bringMattermost(t, mattermostFile(t), w)
	for key, want := range map[string]string{
		"alpha/town-square": "alpha-town-square public false", "beta/town-square": "beta-town-square private false", "alpha/plans": "plans private false",
		"alpha/gone": "gone public true", "ada ben": " dm false", "ada ben cleo": " group false", "ada nobody": "ada-nobody private false",
	} {
		c := team(t, w, key)
		equal(t, key, fmt.Sprintf("%s %s %v", c.Name, c.Type, c.Archived), want)
	}
	members, err := w.Members(t.Context(), team(t, w, "alpha/plans").ID, "", 10)
	must(t, err)
	equal(t, "who is in a private channel", len(members), 1)
	_, m, err := w.Membership(t.Context(), team(t, w, "alpha/town-square").ID, find(t, w, "ada@example.com").ID)
	must(t, err)
	equal(t, "who keeps order there", m.Role, chat.RoleAdmin)
}

func mattermostTwice(t *testing.T, w Workspace) {
	first := bringMattermost(t, mattermostFile(t), w)
	ctx, square, ben := t.Context(), team(t, w, "alpha/town-square"), find(t, w, "ben@example.com")
	page, err := w.Messages(ctx, square.ID, chat.Page{Around: 1, Limit: 3})
	must(t, err)
	_, err = w.TogglePin(ctx, page[0].ID, ben.ID, day)
	must(t, err)
	_, err = w.DeleteMessage(ctx, page[2].ID, "", day)
	must(t, err)
	must(t, w.RemoveMember(ctx, square.ID, ben.ID))
	before := dump(t, w)
	second := bringMattermost(t, export(t, map[string]string{"x/import.jsonl": mattermostLines}), w) // in a zip file this time
	equal(t, "everything after a second run", dump(t, w), before)
	for i, l := range second.Lines {
		if l.Brought != 0 || l.Kept != 0 || l.Read != first.Lines[i].Read {
			t.Errorf("the second run says %+v, the first %+v", *l, *first.Lines[i])
		}
	}
}

func mattermostDry(t *testing.T, w Workspace) {
	driesAlike(t, w, func(dry bool) *importer.Report {
		return bringMattermost(t, mattermostFile(t), w, func(o *importer.Options) { o.DryRun = dry })
	})
}

func mattermostJoined(t *testing.T, w Workspace) {
	must(t, w.CreateUser(t.Context(), accounts.User{
		ID: oid('u', 70, day).Hex(), Email: "ben@example.com", Name: "Here", Username: "ben", Role: accounts.RoleUser,
		Preferences: "{}", Status: accounts.StatusOffline, CreatedAt: day, UpdatedAt: day,
	}, "hash"))
	bringMattermost(t, mattermostFile(t), w, func(o *importer.Options) { o.Source.(*mattermost.Source).Roles = true })
	equal(t, "the role that was asked for", find(t, w, "ada@example.com").Role, accounts.RoleAdmin)
	held, err := w.User(t.Context(), noted(t, w, "mattermost_users", "ben"))
	must(t, err)
	equal(t, "who is brought beside an unproven one", held.Email, held.ID+"@imported.invalid")
	page, err := w.Messages(t.Context(), team(t, w, "alpha/town-square").ID, chat.Page{Around: 1, Limit: 1})
	must(t, err)
	equal(t, "who is meant", strings.HasPrefix(page[0].Content, "first for @"+held.Username+","), true)
}
