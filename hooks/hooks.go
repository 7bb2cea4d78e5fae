// Package hooks lets programs of others speak and listen in channels: incoming webhooks, which post what is sent to a secret
// address, and outgoing ones, which send messages of a channel to an address elsewhere and post what comes back.
//
// A webhook speaks as a bot of its own, which is a member of its channel and of no other.
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
)

// Limits of webhooks.
const (
	MaxHooks    = 30 // a channel, of both kinds
	MaxTriggers = 10 // a webhook
	MaxTrigger  = 40 // characters of a trigger word
	MaxURL      = 1000
	MaxPayload  = 256 << 10 // bytes of what an incoming webhook takes
	MaxAnswer   = 64 << 10  // bytes of an answer that are read
	MaxParts    = 5         // messages that one payload becomes at most
	KeptRecords = 20        // deliveries of a webhook that are kept to look at

	// SendTime is how long the other side has to answer.
	SendTime = 10 * time.Second
)

// Hook is a webhook of one channel.
type Hook struct {
	ID        string
	Kind      Kind
	ChannelID string
	BotID     string // as whom it posts
	KeeperID  string // who answers for it; an outgoing one delivers only what that person may see
	Name      string
	// Crowds lets an incoming one call everyone in the channel at once, where the channel's rules let the bot.
	Crowds bool
	Hash   string // hex SHA-256 of an incoming one's secret
	Hint   string // the last four characters of it
	Salt   string // what an outgoing one's secret is derived from
	URL    string // where an outgoing one sends
	// Triggers are the words, in lower case, with one of which a message begins that is sent; none sends every message.
	Triggers   []string
	Off        bool
	Problem    string // why it was switched off by itself, "" where somebody did or it is on
	Failures   int    // deliveries in a row that were given up
	CreatedAt  time.Time
	UpdatedAt  time.Time
	LastUsedAt time.Time // to within a minute; zero where it was not used yet
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
}

// Store keeps webhooks. Both backends pass storetest.Hooks.
//
// A method returns ErrHook where there is none, and a fault of kind Unavailable where the database does not answer.
type Store interface {
	CreateHook(ctx context.Context, h Hook) error
	Hook(ctx context.Context, id string) (Hook, error)
	// HookByHash finds an incoming webhook by the hash of its secret.
	HookByHash(ctx context.Context, hash string) (Hook, error)
	// ChannelHooks returns the webhooks of a channel, in the order in which they were made.
	ChannelHooks(ctx context.Context, channelID string) ([]Hook, error)
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
	errMany     = fault.New(fault.Conflict, "TOO_MANY_HOOKS", "There are 30 webhooks in this channel already. Please delete one first.")
	errURL      = fault.Field("url", "INVALID_URL", "Please enter a web address that begins with http:// or https://.")
	errTriggers = fault.Field("triggers", "INVALID_TRIGGERS", "Up to 10 trigger words of up to 40 characters each, without spaces.")
	errKind     = fault.Field("kind", "INVALID_KIND", "A webhook is incoming or outgoing.")
)
