package sandbox

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"time"
)

// asked is what a child is told: the script and what runtime.js calls given.
type asked struct {
	Bundle string          `json:"bundle"`
	Given  json.RawMessage `json:"given"`
	CPU    time.Duration   `json:"cpu"`
	Heap   int64           `json:"heap"`
}

// given is what the runtime makes the arguments of a plugin's function from.
type given struct {
	Kind     string         `json:"kind"`
	Event    any            `json:"event"`
	Channel  Channel        `json:"channel"`
	Settings map[string]any `json:"settings"`
	Now      int64          `json:"now"` // milliseconds since 1970
	Local    local          `json:"local"`
	Seed     [4]int32       `json:"seed"`
}

type local struct {
	Date    string `json:"date"`
	Time    string `json:"time"`
	Weekday int    `json:"weekday"` // 1 is Monday
	Zone    string `json:"zone"`
}

// A message from a child. Everything in it is the child's word and is judged where it is used.
type said struct {
	Op   string          `json:"op"`
	ID   int64           `json:"id,omitempty"`
	Name string          `json:"name,omitempty"` // of the function of the host
	Text string          `json:"text,omitempty"` // of a log
	Args json.RawMessage `json:"args,omitempty"` // of the function; or what was done or thrown
}

// The ops of messages from a child.
const (
	opCall    = "call"    // of a function of the host: Name and Args
	opLog     = "log"     // Text
	opDone    = "done"    // Args is a done
	opThrown  = "thrown"  // Args is a thrown
	opTimeout = "timeout" // the processor time is used up
	opMemory  = "memory"  // the engine's memory is
	opStuck   = "stuck"   // it waits for what will not come
)

type done struct {
	Replies  []wireReply     `json:"replies"`
	Handlers json.RawMessage `json:"handlers"`
}

type wireReply struct {
	Text       string `json:"text"`
	Visibility string `json:"visibility"`
	Thread     bool   `json:"thread"`
}

type thrown struct {
	Message string `json:"message"`
	Stack   string `json:"stack"`
}

// answer is what the host says to a call.
type answer struct {
	ID    int64        `json:"id"`
	Value any          `json:"value"`
	Error *answerFault `json:"error,omitempty"`
}

type answerFault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// tell returns the first frame for a child.
func (v Invocation) tell(bundle []byte, l Limits) ([]byte, error) {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	if v.Seed == [4]int32{} {
		var random [16]byte
		_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the program instead
		for i := range v.Seed {
			v.Seed[i] = int32(binary.LittleEndian.Uint32(random[4*i:]))
		}
	}
	there := v.Now.In(zone)
	settings := v.Settings
	if settings == nil {
		settings = map[string]any{}
	}
	g, err := json.Marshal(given{
		Kind: v.Event.kind(), Event: v.Event.wire(), Channel: v.Channel, Settings: settings, Now: v.Now.UnixMilli(), Seed: v.Seed,
		Local: local{
			Date: there.Format(time.DateOnly), Time: there.Format("15:04"), Weekday: (int(there.Weekday())+6)%7 + 1, Zone: zone.String(),
		},
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(asked{Bundle: string(bundle), Given: g, CPU: l.CPU, Heap: l.Heap})
}

type object = map[string]any

func (c Command) wire() any {
	return object{"name": c.Name, "text": c.Text, "args": words(c.Text), "person": c.Person, "thread": orNull(c.Thread)}
}

func (m Message) wire() any {
	return object{"id": m.ID, "text": m.Text, "person": m.Person, "thread": orNull(m.Thread)}
}

func (s Schedule) wire() any { return object{"name": s.Name, "due": s.Due.UnixMilli()} }

func (w Webhook) wire() any {
	return object{"method": w.Method, "query": orEmpty(w.Query), "headers": orEmpty(w.Headers), "body": w.Body}
}

func (probe) wire() any { return object{} }

func orNull(id string) any {
	if id == "" {
		return nil
	}
	return id
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
