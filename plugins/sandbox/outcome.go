package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"pegasus/excerpt"
	"pegasus/fault"
	"pegasus/plugins/jail"
)

// answer does what the child asks of the host and tells it what came of it. Its own error ends the call.
func (c *call) answer(ctx context.Context, m said) error {
	c.out.Used.HostCalls++
	function, known := functions[m.Name]
	reply := answer{ID: m.ID}
	var err error
	switch {
	case !known:
		err = invalid("There is no such function.")
	case c.out.Used.HostCalls > MaxHostCalls:
		return refused("The plugin asked more than %d times in one call.", MaxHostCalls)
	case m.Name == "fetch" && c.fetches == MaxFetches:
		err = fault.New(fault.Limited, "TOO_MANY", fmt.Sprintf("A call asks other servers at most %d times.", MaxFetches))
	default:
		if m.Name == "fetch" {
			c.fetches++
		}
		reply.Value, err = function(ctx, c.host, m.Args)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		reply.Value, reply.Error = nil, c.told(ctx, m.Name, err)
	}
	message, err := json.Marshal(reply)
	if err != nil {
		return fmt.Errorf("sandbox: what the host answered to %s: %w", m.Name, err)
	}
	_ = jail.WriteFrame(c.process.In, message) // a child that is gone is noticed where it is listened to
	return nil
}

// told is what the plugin learns of an error: of ours nothing.
func (c *call) told(ctx context.Context, name string, err error) *answerFault {
	f := fault.From(err)
	if f.Kind == fault.Internal {
		c.pool.logger.ErrorContext(ctx, "a plugin's host failed", "function", name, "owner", c.program.Owner, "error", err)
	}
	return &answerFault{Code: f.Code, Message: f.Message}
}

// accept judges what the child says in the end.
func (c *call) accept(args json.RawMessage) (done, error) {
	var d done
	if err := json.Unmarshal(args, &d); err != nil {
		return d, refused("The plugin answered what is no answer: a text, or { text, visibility, thread }.")
	}
	if len(d.Replies) > MaxReplies {
		return d, refused("The plugin answered %d times, and may %d times.", len(d.Replies), MaxReplies)
	}
	_, toPerson := c.event.(Command)
	for _, r := range d.Replies {
		if err := checkText(r.Text, "An answer"); err != nil {
			return d, refused("%s", fault.From(err).Message)
		}
		if r.Visibility != "channel" && r.Visibility != "caller" {
			return d, refused(`The visibility of an answer is "channel" or "caller".`)
		}
		if r.Visibility == "caller" && !toPerson {
			return d, refused("Only the answer to a command can be for its caller alone.")
		}
		c.out.Replies = append(c.out.Replies, Reply{Text: r.Text, ToCaller: r.Visibility == "caller", InThread: r.Thread})
	}
	return d, nil
}

// thrown is the fault of a plugin that threw something, with its place.
// thrownNull is what the engine throws where there is no memory left for an error; without any, the runtime cannot say what was
// thrown. A plugin that throws null by itself has not grown.
const thrownNull = "Thrown: null"

func (c *call) thrown(args json.RawMessage) error {
	var t thrown
	if err := json.Unmarshal(args, &t); err != nil {
		return refused("The plugin failed in a way that cannot be read.")
	}
	if (t.Message == "" || t.Message == thrownNull) && c.grew() > c.pool.limits.Heap/16 {
		return c.tooLarge()
	}
	if t.Message == "" {
		t.Message = "Something was thrown that cannot be shown."
	}
	return &Fault{Kind: Thrown, Message: shortened(t.Message), At: locate(t.Stack, c.program.Map)}
}

// shortened makes one line of limited length of a text that a plugin made.
func shortened(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return excerpt.Of(s, maxMessage)
}
