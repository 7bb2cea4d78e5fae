package storetest

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// silent is a publisher for services whose events nobody hears.
type silent struct{}

func (silent) Publish(string, any)   {}
func (silent) Grant(string, string)  {}
func (silent) Revoke(string, string) {}

// library is a small workspace to search in, through the rules that stand before the store.
type library struct {
	*chat.Service
	t     *testing.T
	store Store
	clock time.Time
	zone  *time.Location    // whose days searches mean
	names map[string]string // what tests call messages, by id
	ids   map[string]string // and the other way round
}

func newLibrary(t *testing.T, store Store) *library {
	l := &library{t: t, store: store, clock: Start, names: map[string]string{}, ids: map[string]string{}}
	l.Service = chat.NewService(chat.Options{
		Store: store, Events: silent{}, Now: func() time.Time { return l.clock },
		Render: func(s string, _ func(string) bool) string { return s }, Names: func(string) []string { return nil }, Renderer: 1,
		User: store.User, Users: store.Users, Connected: func(string) bool { return false },
	})
	return l
}

// post stores a message that tests call by a name, a second after the one before it.
func (l *library) post(name string, by accounts.User, channelID, text string) {
	l.t.Helper()
	l.clock = l.clock.Add(time.Second)
	m, err := l.PostMessage(l.t.Context(), by, channelID, chat.Draft{Content: text})
	must(l.t, err)
	l.names[m.ID], l.ids[name] = name, m.ID
}

// finds fails the test unless a person finds these messages, in pages of any size. The names have spaces between them.
func (l *library) finds(by accounts.User, query, want string) {
	l.t.Helper()
	for _, limit := range []int{100, 1, 3} {
		var got []string
		cursor := ""
		for pages := 0; ; pages++ {
			found, err := l.Search(l.t.Context(), by, chat.Sought{Text: query, Zone: l.zone, Cursor: cursor, Limit: limit})
			if err != nil {
				l.t.Errorf("%s searches %q: %v", by.Username, query, err)
				return
			}
			if len(found.Found) > limit || found.Next != "" && len(found.Found) < limit || pages > 100 {
				l.t.Errorf("%q gives %d on page %d of %d", query, len(found.Found), pages, limit)
				return
			}
			for _, f := range found.Found {
				got = append(got, l.names[f.ID])
				if f.Channel.ID != f.ChannelID || f.Snippet == "" && f.Content != "" {
					l.t.Errorf("%q finds %+v", query, f)
				}
			}
			if cursor = found.Next; cursor == "" {
				break
			}
		}
		if strings.Join(got, " ") != want {
			l.t.Errorf("%s finds %q by %q, want %q", by.Username, strings.Join(got, " "), query, want)
			return
		}
	}
}

const day = 24 * time.Hour

func searchFinds(t *testing.T, store Store) {
	l := newLibrary(t, store)
	ctx := t.Context()
	ada, ben, eve := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "eve")
	general, dev := AddChannel(t, store, "general", ada, ben, eve), AddChannel(t, store, "Dev-Team", ada, ben)
	secret := AddChannel(t, store, "secret", eve)
	direct, _, err := l.DirectChannel(ctx, ada, ben.ID)
	must(t, err)
	own, _, err := l.DirectChannel(ctx, ada, ada.ID)
	must(t, err)
	group, _, err := l.GroupChannel(ctx, ada, []string{ben.ID, eve.ID})
	must(t, err)

	l.post("hello", ada, general.ID, "Hello world, the deployment of v2.10.3 is done 🎉")
	l.post("cafe", ben, general.ID, "Un café à Zürich, s'il vous plaît")
	l.post("tokyo", ben, general.ID, "明日は東京タワーで会議があります")
	l.post("seoul", ada, general.ID, "내일 서울에서 회의를 합니다")
	l.post("beijing", eve, general.ID, "我们在北京大学开会，会议室三楼")
	l.post("moscow", eve, general.ID, "Привет из Москвы, ёлка уже стоит")
	l.post("athens", ada, general.ID, "Καλημέρα κόσμε")
	l.post("cairo", ben, general.ID, "مرحبا بالعالم")
	l.post("delhi", ben, general.ID, "नमस्ते दुनिया")
	l.post("bangkok", ben, general.ID, "สวัสดีชาวโลก")
	l.clock = Start.Add(day)
	l.post("link", ben, dev.ID, "See https://docs.example.com/guide/get-started?tab=cli#install for the set-up")
	l.post("mail", ada, dev.ID, "Write to ada.lovelace+news@mail.example.org or call +44 20 7946 0018")
	l.post("code", ada, dev.ID, "Run `getUserName(user_id)` and\n```go\nfunc main() { fmt.Println(\"hi\") }\n```")
	l.post("error", ben, dev.ID, "ERR_CONNECTION_REFUSED at 10.0.0.12:8080, commit 3f2a9c1d, ticket PEG-1234")
	l.post("run", ben, dev.ID, "The runner was running all runs; we ran out of retries")
	l.post("german", eve, general.ID, "Die Hauptstraße und der Straßenbahnfahrplan")
	l.post("percent", ada, dev.ID, "100% of 'tests' pass; DROP TABLE messages; -- * ? ^ $ [a-z]+ (x) {y} \\ \"quoted words\" NEAR OR AND NOT")
	l.post("emoji", ben, general.ID, "👍🏽 ship it 🚀🚀")
	l.clock = Start.Add(20 * day)
	l.post("direct", ben, direct.ID, "Between us: the deployment failed")
	l.post("notes", ada, own.ID, "Buy milk, café au lait")
	l.post("group", eve, group.ID, "Group hello from eve")
	l.post("hidden", eve, secret.ID, "Hello deployment 東京 café run https://secret.example.com unique-canary")
	l.post("long", ada, general.ID, strings.Repeat("padding ", 100)+"needle-in-a-haystack "+strings.Repeat("filler ", 100))

	for _, row := range []struct{ query, want string }{
		{"hello", "group hello"},
		{"HELLO", "group hello"},
		{"world", "hello"},
		{"hello world", "hello"},
		{"hello world nothing", ""},
		{"deploy", "direct hello"},
		{"deploys", "direct hello"},
		{"deployed", "direct hello"},
		{"ploym", "direct hello"},
		{"plo", "direct hello"},
		{"pl", ""},
		{"ru", ""},
		{"running", "run code"},
		{"run", "run code"},
		{`"run"`, "code"},
		{`"running all runs"`, "run"},
		{`"runs all"`, ""},
		{"v2.10.3", "hello"},
		{"v2", "hello"},
		{"cafe", "notes cafe"},
		{"CAFÉ", "notes cafe"},
		{"zurich", "cafe"},
		{"plait", "cafe"},
		{"東京", "tokyo"},
		{"タワー", "tokyo"},
		{"会議", "tokyo"},
		{"会", "beijing tokyo"},
		{"京", "beijing tokyo"},
		{"京東", ""},
		{"北京大学", "beijing"},
		{"会议室", "beijing"},
		{"회의", "seoul"},
		{"서울에서", "seoul"},
		{"москвы", "moscow"},
		{"елка", "moscow"},
		{"καλημερα", "athens"},
		{"ΚΌΣΜΕ", "athens"},
		{"مرحبا", "cairo"},
		{"دنيا", ""},
		{"नमस्ते", "delhi"},
		{"สวัสดี", "bangkok"},
		{"โลก", "bangkok"},
		{"https://docs.example.com/guide/get-started?tab=cli#install", "link"},
		{"docs.example.com", "link"},
		{"example", "mail link"},
		{"get-started", "link"},
		{"set-up", "link"},
		{"ada.lovelace+news@mail.example.org", "mail"},
		{"lovelace", "mail"},
		{"7946", "mail"},
		{"getusername", "code"},
		{"username", "code"},
		{"user_id", "code"},
		{"fmt.Println", "code"},
		{"ERR_CONNECTION_REFUSED", "error"},
		{"connection_ref", "error"},
		{"10.0.0.12", "error"},
		{"0.0.1", ""},
		{"peg-1234", "error"},
		{"3f2a9c", "error"},
		{"strasse", "german"},
		{"STRASSEN", "german"},
		{"bahnfahr", "german"},
		{"🎉", "hello"},
		{"👍", "emoji"},
		{"🚀", "emoji"},
		{"needle-in-a-haystack", "long"},
		{"haystacks", "long"},
		{"hello -world", "group"},
		{`deployment -"between us"`, "hello"},
		{"-deployment hello", "group"},
		{"unique-canary", ""},
		{"secret.example.com", ""},

		// What other languages of queries are made of is text here.
		{"100%", "percent"},
		{"* tests", "percent"},
		{"test*", "percent"},
		{`\"quoted`, "percent"},
		{`"quoted words"`, "percent"},
		{"NEAR OR AND NOT", "percent"},
		{"near(tests", ""},
		{"DROP TABLE messages; --", "percent"},
		{"'tests'", "percent"},
		{"[a-z]+", "percent"},
		{".* tests", "percent"},
		{"^drop$", "percent"},
		{`{"$gt":""} tests`, ""},
		{"terms:tests", ""},
		{"search MATCH", ""},
		{"?1 tests", ""},
		{") OR (tests", "percent"},
		{"(a+)+$", "long percent cafe"},

		{"from:ben deployment", "direct"},
		{"from:@ben has:link", "link"},
		{"from:me has:link", ""},
		{"from:me deployment", "hello"},
		{"from:ada from:eve hello", "group hello"},
		{"-from:eve hello", "hello"},
		{"in:dev-team has:code", "code"},
		{"in:#DEV-TEAM from:ben", "run error link"},
		{"in:#general in:#dev-team 10.0.0.12", "error"},
		{"-in:general -in:dev-team -in:@ben -in:@ada from:eve", "group"},
		{"in:@ben deployment", "direct"},
		{"in:@ada cafe", "notes"},
		{"in:@eve", ""},
		{"in:@ben,@eve hello", "group"},
		{"in:@EVE,ben,@ada,@eve", "group"},
		{"-in:@eve,@ben hello", "hello"},
		{"in:@ben,@ada deployment", "direct"},
		{"in:" + group.ID, "group"},
		{"in:" + own.ID + " in:" + dev.ID + " cafe", "notes"},
		{"is:dm hello", "group"},
		{"-is:dm hello", "hello"},
		{"is:dm", "group notes direct"},
		{"in:dev-team -has:code -has:link", "percent run error mail"},
		{"cafe on:2026-03-14", "cafe"},
		{"cafe after:2026-03-14", "notes"},
		{"hello before:2026-03-15", "hello"},
		{"during:2026-03 has:link", "link"},
		{"is:dm on:today", "group notes direct"},
		{"deployment during:this-month", "direct"},
		{"deployment during:last_month", "hello"},
		{"deployment before:2026-03-14", ""},
		{"has:file", ""},
	} {
		l.finds(ada, row.query, row.want)
	}
	l.finds(eve, "unique-canary", "hidden")
	l.finds(eve, "deployment", "hidden hello")
	l.finds(eve, "is:dm", "group")
	l.finds(ben, "cafe", "cafe")
	for query, want := range map[string]string{
		"from:@nobody":    "“nobody”",
		"in:#secret":      "in no channel called “secret”",
		"in:#nowhere":     "in no channel called “nowhere”",
		"in:@nobody":      "“nobody”",
		"in:@ben,@no":     "“no”",
		"in:@ben,":        "“”",
		"in:" + secret.ID: "in no channel called",
		"in:@" + strings.Repeat("ben,", 9) + "eve": "at most 9 people",
		"has:cheese":    "“cheese”",
		"hello\x00":     "valid text",
		`"no end`:       "not closed",
		"-> !":          "at least one word",
		"during:always": "“always”",
	} {
		_, err := l.Search(ctx, ada, chat.Sought{Text: query, Limit: 10})
		refused(t, err, fault.Invalid, "INVALID_QUERY")
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", query, err, want)
		}
	}
	l.zone = time.FixedZone("", -(15*60+30)*60) // where it is 23:39 of the day before
	for query, want := range map[string]string{
		"hello on:2026-03-13": "hello", "hello on:2026-03-14": "", "hello before:2026-03-14": "hello", "hello after:2026-03-13": "group",
		"is:dm on:today": "group notes direct", "has:link on:2026-03-14": "link",
	} {
		l.finds(ada, query, want)
	}
	l.zone = nil
	for _, cursor := range []string{"x", "-1", "1; DROP TABLE messages", "1-x", "99999999999999999999", "-" + id.New(Start)} {
		_, err := l.Search(ctx, ada, chat.Sought{Text: "hello", Cursor: cursor, Limit: 10})
		refused(t, err, fault.Invalid, "INVALID_CURSOR")
	}
}
