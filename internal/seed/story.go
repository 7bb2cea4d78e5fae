package main

import (
	"time"

	"pegasus/chat"
)

// cast are the twelve accounts of the demo. They are roles, not people.
var cast = []struct{ username, name, status string }{
	{"captain", "Captain", "Deep work until 3"},
	{"engineer", "Engineer", ""},
	{"designer", "Designer", "Drawing"},
	{"writer", "Writer", ""},
	{"tester", "Tester", "Breaking things"},
	{"analyst", "Analyst", ""},
	{"operator", "Operator", "On call"},
	{"researcher", "Researcher", ""},
	{"helper", "Helpdesk", ""},
	{"planner", "Planner", "In the planning meeting"},
	{"builder", "Builder", ""},
	{"newcomer", "Newcomer", ""},
}

var rooms = []struct {
	name, about string
	kind        chat.ChannelType
	members     []string // the first one makes the channel
}{
	{"engineering", "Shipping 2.4 on Thursday", chat.Public, []string{"engineer", "captain", "tester", "operator", "builder", "analyst"}},
	{"design", "Screens, words and colours", chat.Public, []string{"designer", "captain", "writer", "engineer"}},
	{"launch", "The quiet list until Thursday", chat.Private, []string{"captain", "planner", "writer", "designer"}},
	{"incidents", "One thread per incident, facts first", chat.Public, []string{"operator", "engineer", "tester"}},
	{"support", "What people ask, and what we answer", chat.Public, []string{"helper", "writer", "captain", "newcomer"}},
	{"research", "Papers and experiments", chat.Public, []string{"researcher", "analyst", "captain"}},
	{"random", "Everything else", chat.Public, []string{"builder", "captain", "newcomer", "tester", "designer", "helper"}},
}

type line struct {
	after       time.Duration
	channel, by string
	text        string
}

// replies are the lines, by their text, that answer the line before them that is no reply itself.
var replies = map[string]bool{
	"Half of the delay fixed, half random. Nice.":                                                 true,
	"Shall we cap it at 30 s?":                                                                    true,
	"30 is fine. I'd log the third try.":                                                          true,
	"Renewed, queue drained, nothing lost. Alarm for expiry is set to 14 days.":                   true,
	"Thank you. I'll make the outbox say so on the ops page.":                                     true,
	"So thirty-two writers share one flush. What happens at 200?":                                 true,
	"The batch fills up and p99 grows with it, the rate stays. I'll put the curve here tomorrow.": true,
}

const (
	soon = 40 * time.Second
	bit  = 7 * time.Minute
	hour = time.Hour
	day  = 22 * time.Hour
)

var lines = []line{
	{bit, "general", "captain", "Welcome, everyone. Announcements go here; everything else has a channel of its own."},
	{bit, "general", "newcomer", "Hello! First day. Where do I find the handbook?"},
	{soon, "general", "helper", "In #support, pinned at the top. Ask there if anything is missing :wave:"},
	{hour, "engineering", "engineer", "The retry storm came from clients reconnecting without jitter. This fixes it:\n\n```go\nfunc backoff(n int) time.Duration {\n\td := min(time.Second<<n, 30*time.Second)\n\treturn d/2 + rand.N(d/2)\n}\n```"},
	{bit, "engineering", "tester", "Half of the delay fixed, half random. Nice."},
	{soon, "engineering", "tester", "Shall we cap it at 30 s?"},
	{bit, "engineering", "captain", "30 is fine. I'd log the third try."},
	{hour, "support", "helper", "Three people asked how to mute a channel this week. It should be in the menu of the channel."},
	{bit, "support", "writer", "I'll add a page. What did they look for first?"},
	{soon, "support", "helper", "> the bell\n\nAll three of them."},
	{day, "general", "planner", "Plan for the week:\n\n- [x] freeze the branch\n- [x] load test\n- [ ] release notes\n- [ ] ship on **Thursday**"},
	{bit, "research", "researcher", "Group commit, measured on the small machine:\n\n| writers | posts/s | p99 |\n|--:|--:|--:|\n| 1 | 2,900 | 0.6 ms |\n| 32 | 8,100 | 7 ms |"},
	{bit, "research", "analyst", "So thirty-two writers share one flush. What happens at 200?"},
	{soon, "research", "researcher", "The batch fills up and p99 grows with it, the rate stays. I'll put the curve here tomorrow."},
	{hour, "incidents", "operator", "**Mail was late for 12 minutes.** The relay refused TLS after its certificate ran out."},
	{bit, "incidents", "operator", "Renewed, queue drained, nothing lost. Alarm for expiry is set to 14 days."},
	{bit, "incidents", "engineer", "Thank you. I'll make the outbox say so on the ops page."},
	{hour, "launch", "captain", "Words for the front page? One sentence."},
	{bit, "launch", "writer", "*A calm place to talk and to build, on a machine of your own.*"},
	{soon, "launch", "designer", "Keep. The picture will be the real product, light and dark."},
	{day, "engineering", "builder", "Load test is green: p99 stays at `41 ms` with 10,000 streams."},
	{soon, "engineering", "builder", "The report is at https://pegasus.example/reports/fanout"},
	{bit, "engineering", "operator", "@captain can you look at the migration before lunch? @engineer wants to cut the branch at 2."},
	{bit, "engineering", "captain", "Looking now."},
	{soon, "engineering", "engineer", "Two numbers to check: rows before and after, and the time at a million messages."},
	{bit, "design", "designer", "New member panel: roles as words, actions on focus. Less grey."},
	{bit, "design", "writer", "\"Remove\" or \"Take out\"?"},
	{soon, "design", "designer", "Remove. It is what the button does."},
	{bit, "design", "engineer", "Contrast of the faint text is 4.6:1 on paper, fine by the checker."},
	{bit, "random", "builder", "The coffee machine has a status page now. It is amber."},
	{soon, "random", "newcomer", "Is that an incident?"},
	{soon, "random", "tester", "Reproduced it twice before nine. :coffee:"},
	{bit, "random", "designer", "~~Amber~~ green again."},
}
