package plugins

import "time"

// Limits of installs.
const (
	MaxInstalls = 50       // of a channel
	MaxCommands = 20       // of a plugin
	MaxValues   = 1000     // that an install keeps
	MaxValue    = 64 << 10 // bytes of one value
	MaxKey      = 128      // bytes of its key
	MaxWaiting  = 100      // installs that wait for approval, up to which they are counted
	KeptRuns    = 50       // of an install; older ones go
)

// InstallState says whether a plugin works in a channel.
type InstallState string

// The states of an install.
const (
	Asked  InstallState = "asked" // it waits for a second person's approval
	Active InstallState = "active"
	Off    InstallState = "off" // somebody, or too many failures in a row, switched it off; Problem says which
)

// InstallShow selects installs.
type InstallShow string

// What can be selected.
const (
	ShowAll     InstallShow = ""
	ShowWaiting InstallShow = "waiting" // it waits for a second person's approval, or a change of it does
	ShowActive  InstallShow = "active"
	ShowOff     InstallShow = "off"
)

// Install is a plugin in a channel: one version of it, with what it was granted there.
type Install struct {
	ID          string
	PluginID    string
	ChannelID   string
	Version     int
	Bundle      string // hash of the version's bundle
	Manifest    string // JSON of the version's manifest
	Commands    []string
	BotID       string
	InstallerID string // whose rights bound what it may do
	ApproverID  string // "" where nobody had to
	State       InstallState
	Problem     string
	Granted     Grant
	// Settings are what its keepers chose, by key. Secret ones are sealed.
	Settings    map[string]string
	WebhookHash string // of the secret in the address of its webhook, "" for none
	Failures    int    // in a row
	// Pending is what waits for an approval while the install works as it is, nil for nothing.
	Pending   *Proposal
	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int // counts the changes
}

// Holds returns the commands that nobody else has in the channel: all of them, and none while the install waits for its first
// approval.
func (i Install) Holds() []string {
	if i.State == Asked {
		return nil
	}
	return i.Commands
}

// Grant is what an install may do, at most.
type Grant struct {
	Permissions []string `json:"permissions,omitempty"`
	Hosts       []string `json:"hosts,omitempty"` // that it may fetch from
	// HostsBy is the admin who granted the hosts. They count for as long as that person is one.
	HostsBy string `json:"hosts_by,omitempty"`
}

// Value is something that an install keeps.
type Value struct {
	Key       string
	Content   string // JSON
	UpdatedAt time.Time
}

// Run is one call of an install, kept so that those who look after it see what it did.
type Run struct {
	ID        string
	InstallID string
	Kind      string // command, message, schedule or webhook
	CallerID  string // "" where nobody called
	Outcome   string // ok, thrown, timeout, memory, crashed, refused
	Problem   string
	Log       string
	Took      int64 // milliseconds
	Memory    int64 // bytes
	At        time.Time
}
