package sandbox

import "time"

// Program is a compiled plugin, as compile.Result has it.
type Program struct {
	Bundle []byte
	Map    []byte // the source map of Bundle; empty where none is kept, and then failures have no place
	// Owner is on whose account it runs, such as the id of an install: owners take turns, so that none starves another.
	Owner string
}

// Invocation is one call of a plugin.
type Invocation struct {
	Event    Event
	Channel  Channel
	Settings map[string]any // strings, numbers and booleans by their keys
	Now      time.Time      // what the plugin takes for the time during the whole call
	Zone     *time.Location // of the caller, or of who installed the plugin; nil for UTC
	// Seed begins the plugin's random numbers. All zero is for numbers that nobody can guess; tests set it.
	Seed [4]int32
}

// Event is what a plugin is called for: a Command, Message, Schedule or Webhook.
type Event interface {
	kind() string
	wire() any // as the runtime reads it
}

// Command is /name text, written by a person.
type Command struct {
	Name   string
	Text   string // what follows the name
	Person Person
	Thread string // id of the message whose thread it was written in, "" for none
}

// Message is a message that a person wrote.
type Message struct {
	ID     string
	Text   string
	Person Person
	Thread string // id of the message whose thread it is in, "" for none
}

// Schedule is a time that has come.
type Schedule struct {
	Name string
	Due  time.Time
}

// Webhook is a request to the plugin's secret address. Whoever makes one passes only the headers that plugins may see.
type Webhook struct {
	Method  string
	Query   map[string]string
	Headers map[string]string // names in lower case
	Body    string            // at most MaxPayload bytes, UTF-8
}

type probe struct{}

func (Command) kind() string  { return "command" }
func (Message) kind() string  { return "message" }
func (Schedule) kind() string { return "schedule" }
func (Webhook) kind() string  { return "webhook" }
func (probe) kind() string    { return "probe" }

// Person is somebody, as plugins see them.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
}

// Channel is where a plugin is installed, as it sees it.
type Channel struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Reply is what a plugin says in return.
type Reply struct {
	Text     string // Markdown, 1 to MaxText characters, not yet sanitised
	ToCaller bool   // only who wrote the command sees it; false for all other events
	InThread bool   // it goes into the thread of the message that called
}

// Outcome is what a call came to. Logs and Used are there after a fault as well; replies are not.
type Outcome struct {
	Replies []Reply
	Logs    []string // at most MaxLogs bytes, for the plugin's author
	// Cut says that there was more to log than is kept.
	Cut  bool
	Used Used
}

// Used is what a call cost.
type Used struct {
	Wall      time.Duration // from when it was its turn
	CPU       time.Duration // 0 where the system does not say
	Memory    int64         // the most that its process held, in bytes, the engine included; 0 where the system does not say
	HostCalls int
}
