// Package hooks lets programs of others speak and listen in channels: incoming webhooks, which post what is sent to a secret
// address, outgoing ones, which send messages of a channel to an address elsewhere and post what comes back, and slash commands,
// which do so with what somebody writes behind their name.
//
// Each speaks as a bot of its own, which is a member of its channel and of no other; that of a command of all channels is in those
// where it spoke.
package hooks

import (
	"context"
	"time"

	"pegasus/fault"
)

// Kind says in which direction a webhook works.
type Kind string

// The kinds of the wire format.
const (
	Incoming Kind = "incoming"
	Outgoing Kind = "outgoing"
	// SlashCommand is one that people call by its name.
	SlashCommand Kind = "command"
)

// Limits of webhooks.
const (
	MaxHooks    = 30 // a channel, of all kinds, and as many commands of all channels
	MaxTriggers = 10 // a webhook
	MaxTrigger  = 40 // characters of a trigger word
	MaxURL      = 1000
	MaxCommand  = 32        // characters of a command's name
	MaxUsage    = 80        // characters of what may follow it
	MaxAbout    = 120       // characters of what it does
	MaxPayload  = 256 << 10 // bytes of what an incoming webhook takes
	MaxAnswer   = 64 << 10  // bytes of an answer that are read
	MaxParts    = 5         // messages that one payload becomes at most
	KeptRecords = 20        // deliveries of a webhook that are kept to look at

	// SendTime is how long the other side has to answer.
	SendTime = 10 * time.Second
)

// Hook is a webhook of one channel, or a slash command of one or of all.
type Hook struct {
	ID        string
	Kind      Kind
	ChannelID string // "" for a command of all channels
	BotID     string // as whom it posts
	KeeperID  string // who answers for it; an outgoing one delivers only what that person may see
	Name      string
	// Crowds lets an incoming one call everyone in the channel at once, where the channel's rules let the bot.
	Crowds bool
	Hash   string // hex SHA-256 of an incoming one's secret
	Hint   string // the last four characters of it
	Salt   string // what the secret of an outgoing one or a command is derived from
	URL    string // where an outgoing one or a command sends
	// Triggers are the words, in lower case, with one of which a message begins that is sent; none sends every message.
	Triggers   []string
	Off        bool
	Problem    string // why it was switched off by itself, "" where somebody did or it is on
	Failures   int    // deliveries in a row that were given up
	CreatedAt  time.Time
	UpdatedAt  time.Time
	LastUsedAt time.Time // to within a minute; zero where it was not used yet
	Command    string    // the name of a command, in lower case without the slash, "" for a webhook
	Usage      string    // what may follow it, such as "branch", "" for nothing
	About      string    // what it does, one sentence, "" where nobody said
}

// Change names the fields of a webhook to change; nil leaves a field as it is.
type Change struct {
	KeeperID   *string
	Name       *string
	Crowds     *bool
	Hash, Hint *string
	Salt       *string
	URL        *string
	Triggers   *[]string
	Off        *bool
	Problem    *string
	Failures   *int
	LastUsedAt *time.Time
	Usage      *string
	About      *string
}

// Store keeps webhooks. Both backends pass storetest.Hooks.
//
// A method returns ErrHook where there is none, and a fault of kind Unavailable where the database does not answer.
type Store interface {
	// CreateHook stores a webhook. Where its channel, or all of them, have a command of that name it is ErrCommandTaken.
	CreateHook(ctx context.Context, h Hook) error
	Hook(ctx context.Context, id string) (Hook, error)
	// HookByHash finds an incoming webhook by the hash of its secret.
	HookByHash(ctx context.Context, hash string) (Hook, error)
	// ChannelHooks returns the webhooks of a channel, in the order in which they were made.
	ChannelHooks(ctx context.Context, channelID string) ([]Hook, error)
	// CommandHooks returns the commands of a channel and those of all channels, in any order.
	CommandHooks(ctx context.Context, channelID string) ([]Hook, error)
	// CommandTaken reports whether there is a command of a name in a channel or for all of them, and with channelID "" whether
	// there is one anywhere.
	CommandTaken(ctx context.Context, name, channelID string) (bool, error)
	// Hooks returns up to limit webhooks of all channels, in the order of their ids, after the id given.
	Hooks(ctx context.Context, after string, limit int) ([]Hook, error)
	// ChangeHook applies a change and returns the webhook after it.
	ChangeHook(ctx context.Context, id string, c Change, now time.Time) (Hook, error)
	// CountHookFailure adds one to Failures and returns the webhook after it.
	CountHookFailure(ctx context.Context, id string) (Hook, error)
	DeleteHook(ctx context.Context, id string) error
}

// What a Store and the Service answer.
var (
	ErrHook     = fault.New(fault.NotFound, "HOOK_NOT_FOUND", "There is no such webhook.")
	errKeepers  = fault.New(fault.Forbidden, "FORBIDDEN", "Only admins of the channel may do this.")
	errMany     = fault.New(fault.Conflict, "TOO_MANY_HOOKS", "There are 30 webhooks and commands here already. Please delete one first.")
	errURL      = fault.Field("url", "INVALID_URL", "Please enter a web address that begins with http:// or https://.")
	errTriggers = fault.Field("triggers", "INVALID_TRIGGERS", "Up to 10 trigger words of up to 40 characters each, without spaces.")
	errKind     = fault.Field("kind", "INVALID_KIND", "This can be done with another kind of webhook alone.")
	errCommand  = fault.Field("command", "INVALID_COMMAND", "A command has up to 32 letters, digits, hyphens and underscores, and begins with a letter.")
	errUsage    = fault.Field("usage", "USAGE_TOO_LONG", "What may follow a command has at most 80 characters.")
	errAbout    = fault.Field("about", "ABOUT_TOO_LONG", "What a command does has at most 120 characters.")
	errBuiltIn  = &fault.Error{Kind: fault.Conflict, Code: "COMMAND_BUILT_IN", Field: "command", Message: "Every channel has a command of this name already."}
	// ErrCommandTaken is what a Store and the Service answer where a name is taken.
	ErrCommandTaken = &fault.Error{Kind: fault.Conflict, Code: "COMMAND_TAKEN", Field: "command", Message: "There is a command of this name already."}
)
