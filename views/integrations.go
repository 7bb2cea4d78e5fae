package views

import (
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/hooks"
)

// Integrations is the page of the plugins, bots and webhooks of a channel.
type Integrations struct {
	Shell
	Channel Channel
	Keeps   bool // the viewer keeps the webhooks
	Hooks   []HookRow
	Bots    []Person // that are in the channel
	Others  []Person // bots that the viewer could add
	Plugins []Installed
	Install bool // the viewer may install plugins here
	Made    Secret
	Draft   HookDraft
	Wrong   Wrong
}

// HookRow is a webhook with what it sent lately.
type HookRow struct {
	hooks.Hook
	Place      string // the name of its channel, where that is not plain
	Deliveries []hooks.Delivery
}

// Secret is what is shown of a new webhook, once.
type Secret struct {
	Address string // where an incoming one takes messages
	Secret  string // what an outgoing one or a command signs with
	Token   string
}

// HookDraft is a new webhook as somebody filled it in.
type HookDraft struct {
	Kind     hooks.Kind
	Name     string
	Crowds   bool
	URL      string
	Triggers string
	Command  string
	Usage    string
	About    string
}

// AdminIntegrations lists all bots and webhooks.
type AdminIntegrations struct {
	Own
	Bots  []accounts.User
	Hooks []HookRow
	More  string // where the list of webhooks goes on, "" at its end
	Name  string
	About string
	Made  Secret
	Draft HookDraft // of a command of all channels
}

// AdminBot is the page of one bot.
type AdminBot struct {
	Own
	Bot    accounts.User
	Tokens Tokens
	Made   string
}

func words(triggers []string) string { return strings.Join(triggers, " ") }

func deliveryState(d hooks.Delivery) string {
	text := string(d.State)
	if d.Status != 0 {
		text += ", answered " + number(int64(d.Status))
	}
	return text
}

func botsPath(botID string) string { return "/admin/bots/" + botID }

func integrationsPath(channelID string) string { return channelPath(channelID) + "/integrations" }

// lastUsed is a time in a list, or zero.
func neverUsed(at time.Time) bool { return at.IsZero() }
