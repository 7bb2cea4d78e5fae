package sandbox

import (
	"time"

	"pegasus/plugins/jail"
)

// Limits of one call.
type Limits struct {
	CPU   time.Duration // processor time of the plugin
	Grace time.Duration // and how much later the process is killed that has not ended by itself
	Wall  time.Duration // the whole time, with what the host does for it
	Heap  int64         // bytes of the engine
}

// DefaultLimits are those of every call.
var DefaultLimits = Limits{CPU: 300 * time.Millisecond, Grace: 200 * time.Millisecond, Wall: 5 * time.Second, Heap: 64 << 20}

// brief is the processor time after which a call goes on only where nobody else needs the processors. Those of people answer
// long before; what is left are loops, which would be felt in every post.
const brief = 40 * time.Millisecond

// Limits of what passes between a plugin and its host.
const (
	MaxText      = 2000 // characters of an answer or a post: those of a message
	MaxReplies   = 5
	MaxLogs      = 16 << 10 // bytes a call
	MaxValue     = 64 << 10 // bytes of a stored value, as JSON
	MaxKey       = 128      // characters
	MaxList      = 200      // entries or people of one list
	MaxHostCalls = 100      // a call, of all functions
	MaxFetches   = 5
	MaxURL       = 2048
	MaxHeaders   = 20
	MaxHeader    = 1024      // bytes of a name and a value
	MaxSent      = 64 << 10  // bytes of the body of a request
	MaxReceived  = 256 << 10 // bytes of the body of a response
	MaxPayload   = 64 << 10  // bytes of the body of a webhook
	MaxBundle    = 2 << 20
	maxDepth     = 32        // of a stored value
	maxFrame     = 512 << 10 // bytes of a message from a child
	maxTalk      = 8 << 20   // bytes of all messages of a child, and frameCost for each
	maxTold      = 8 << 20   // bytes of a message to a child
	maxMessage   = 500       // characters of what was thrown
)

// Child is the work of the processes in which plugins run. A program that runs plugins has to pass it to jail.Main.
//
// Its memory holds the engine's 64 MB, Go's own, and room in which the engine may still be told that it has too much.
var Child = jail.Work{
	Name:   "plugin-run",
	Limits: jail.Limits{Memory: 256 << 20, Heap: 100 << 20, Stack: 64 << 20, CPU: 10 * time.Second},
	Run:    child,
}
