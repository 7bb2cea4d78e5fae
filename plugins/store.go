package plugins

import (
	"context"
	"time"

	"pegasus/fault"
)

// Store keeps the workbench. Both backends pass storetest.Plugins.
//
// A method returns a fault of kind NotFound where the thing is missing, and one of kind Unavailable where the database does
// not answer. Lists are bounded by limit; a limit of 0 or less gives none.
type Store interface {
	ProjectStore
	ConversationStore
	InstallStore
}

// ProjectStore keeps plugins and their versions.
type ProjectStore interface {
	// CreatePlugin stores a plugin. Where its owner has one with this NameKey it is ErrPluginExists.
	CreatePlugin(ctx context.Context, p Plugin) error
	Plugin(ctx context.Context, id string) (Plugin, error)
	// PluginNamed finds by owner and folded name.
	PluginNamed(ctx context.Context, ownerID, nameKey string) (Plugin, error)
	// Plugins returns those of the ids that there are, in any order.
	Plugins(ctx context.Context, ids []string) ([]Plugin, error)
	// PluginsOf returns a person's, the one that was changed last first.
	PluginsOf(ctx context.Context, ownerID string, limit int) ([]Plugin, error)
	// SharedPlugins returns what everyone may see, by NameKey and id, behind the place given by after ("" for the start),
	// which is the NameKey and the id of the last one of the page before with a space between them.
	SharedPlugins(ctx context.Context, after string, limit int) ([]Plugin, error)
	// SavePlugin stores Name, NameKey, Data, Shared, Locked, BotID and UpdatedAt of a plugin that has the Revision given, and
	// raises it. Its Status follows from AddVersion and SaveBuild alone. It is ErrPluginChanged where another revision stands,
	// and ErrPluginExists where the name is taken.
	SavePlugin(ctx context.Context, p Plugin) error
	// CountDownload raises Downloads.
	CountDownload(ctx context.Context, id string) error
	// DeletePlugin deletes a plugin with its versions, blobs and conversations, and its installs with what they keep. One that
	// is gone is no error.
	DeletePlugin(ctx context.Context, id string) error

	// AddVersion stores a version and those blobs that the plugin does not have, and makes it the plugin's Head with
	// status Pending and UpdatedAt of the version's CreatedAt. Its number must be the plugin's Head + 1, and is
	// ErrVersionExists otherwise; of any number of callers with one number one succeeds. With a revision other than
	// 0 it is ErrPluginChanged where the plugin has another one.
	AddVersion(ctx context.Context, v Version, blobs []Blob, revision int) error
	Version(ctx context.Context, pluginID string, number int) (Version, error)
	// PluginVersions returns versions with a number below before (0 for no bound), the newest first.
	PluginVersions(ctx context.Context, pluginID string, before, limit int) ([]Version, error)
	// SaveBuild stores the build of a version with its blobs, and brings the plugin up to it: its Status where the version is
	// the Head, its Built where it succeeded and is newer.
	SaveBuild(ctx context.Context, pluginID string, number int, b Build, blobs []Blob) error
	// Blobs returns the blobs with these hashes that the plugin has, in any order.
	Blobs(ctx context.Context, pluginID string, hashes []string) ([]Blob, error)
}

// ConversationStore keeps what people and models said.
type ConversationStore interface {
	CreateConversation(ctx context.Context, c Conversation) error
	Conversation(ctx context.Context, id string) (Conversation, error)
	// PluginConversations returns a person's about a plugin, the one that was changed last first.
	PluginConversations(ctx context.Context, pluginID, userID string, limit int) ([]Conversation, error)
	// DeleteConversation deletes a conversation with its exchanges. A plugin that asks one of them asks nothing after that. One that
	// is gone is no error.
	DeleteConversation(ctx context.Context, id string) error
	// BeginExchange stores an exchange, raises its conversation's Count and UpdatedAt, and makes it what the plugin is
	// Asking until the time given; nothing is Unseen then. Where the plugin is asking another one whose time is not over at e.CreatedAt it is
	// ErrAsking, and nothing changes; of any number of callers one succeeds. In a conversation that is gone, or goes meanwhile, it
	// leaves nothing.
	BeginExchange(ctx context.Context, e Exchange, until time.Time) error
	// SaveExchange stores everything of an exchange but its ids, Ask, Base and CreatedAt, and with a state other than
	// Answering ends what the plugin is asking: unless it was Stopped, it is Unseen from then on.
	SaveExchange(ctx context.Context, e Exchange) error
	// SeeExchange ends that an exchange is what is Unseen of a plugin.
	SeeExchange(ctx context.Context, pluginID, exchangeID string) error
	Exchange(ctx context.Context, id string) (Exchange, error)
	// Exchanges returns those of a conversation with an id below before ("" for no bound), the newest first.
	Exchanges(ctx context.Context, conversationID, before string, limit int) ([]Exchange, error)
	// UsageOfAnswers returns what the answers about a plugin used, the newest first, without one that is under way.
	UsageOfAnswers(ctx context.Context, pluginID string, limit int) ([]Usage, error)

	// AddUsage adds to a person's use on a day ("2006-01-02"), and to everyone's.
	AddUsage(ctx context.Context, userID, day string, u Usage) error
	// UsageBetween sums the days from first to last, of a person, or of all with userID "".
	UsageBetween(ctx context.Context, userID, first, last string) (Usage, error)
	// UsageByPerson returns up to limit people with what each used from first to last, the most tokens first, who come after
	// that place; the zero value is the beginning. Today is of the last day.
	UsageByPerson(ctx context.Context, first, last string, after UsagePlace, limit int) ([]PersonUsage, error)
	// SetPersonBudget gives a person a budget of their own; a role stands under a word instead of an id. DropPersonBudget takes
	// it away, where there is one.
	SetPersonBudget(ctx context.Context, userID string, tokens int64) error
	DropPersonBudget(ctx context.Context, userID string) error
	// PersonBudgets returns the budgets of those of the people who have one of their own.
	PersonBudgets(ctx context.Context, userIDs []string) (map[string]int64, error)
}

// InstallStore keeps plugins in channels.
type InstallStore interface {
	// AddInstall stores an install. Where the plugin is in the channel it is ErrInstalled, and where another install in the
	// channel Holds a command that it is to hold ErrCommandTaken. It is one decision however many ask at once.
	AddInstall(ctx context.Context, i Install) error
	Install(ctx context.Context, id string) (Install, error)
	// InstallsIn returns those of channels, by channel and id.
	InstallsIn(ctx context.Context, channelIDs []string, limit int) ([]Install, error)
	// InstallsOf returns those of a plugin, by id.
	InstallsOf(ctx context.Context, pluginID string, limit int) ([]Install, error)
	// Installs returns up to limit of them behind the one with the id given ("" from the start), by id.
	Installs(ctx context.Context, show InstallShow, after string, limit int) ([]Install, error)
	// InstallByWebhook finds by the hash of the address's secret.
	InstallByWebhook(ctx context.Context, hash string) (Install, error)
	// SaveInstall stores everything of an install but its ids and CreatedAt, where it has the Revision given, and raises it.
	// It is ErrInstallChanged where another revision stands, and ErrCommandTaken as AddInstall.
	SaveInstall(ctx context.Context, i Install) error
	// DeleteInstall deletes an install, its values and its runs. One that is gone is no error. With a revision other than 0 it
	// is ErrInstallChanged where another one stands, and nothing changes.
	DeleteInstall(ctx context.Context, id string, revision int) error

	// StoredValue returns what an install keeps under a key.
	StoredValue(ctx context.Context, installID, key string) (Value, error)
	// StoredValues returns those whose key begins with prefix and lies behind after, by key.
	StoredValues(ctx context.Context, installID, prefix, after string, limit int) ([]Value, error)
	// SetValue stores a value. Where the install would keep more than most keys it is ErrFull.
	SetValue(ctx context.Context, installID string, v Value, most int) error
	// SwapValue stores v where the content under its key is still old ("" for none), and reports whether it did. Where the
	// install would keep more than most keys it is ErrFull.
	SwapValue(ctx context.Context, installID string, v Value, old string, most int) (bool, error)
	DeleteValue(ctx context.Context, installID, key string) error

	// AddRun stores a run, and removes the oldest of its install beyond keep.
	AddRun(ctx context.Context, r Run, keep int) error
	// Runs returns those of an install, the newest first.
	Runs(ctx context.Context, installID string, limit int) ([]Run, error)
}

// What a Store answers where it cannot do what it is asked.
var (
	ErrPluginNotFound       = fault.New(fault.NotFound, "PLUGIN_NOT_FOUND", "This plugin does not exist.")
	ErrPluginExists         = &fault.Error{Kind: fault.Conflict, Code: "PLUGIN_EXISTS", Field: "pluginName", Message: "There is a plugin with this name already."}
	ErrPluginChanged        = fault.New(fault.Conflict, "PLUGIN_CHANGED", "This plugin was changed elsewhere meanwhile.")
	ErrVersionNotFound      = fault.New(fault.NotFound, "VERSION_NOT_FOUND", "This version does not exist.")
	ErrVersionExists        = fault.New(fault.Conflict, "VERSION_EXISTS", "Somebody made a newer version meanwhile.")
	ErrConversationNotFound = fault.New(fault.NotFound, "CONVERSATION_NOT_FOUND", "This conversation does not exist.")
	ErrExchangeNotFound     = fault.New(fault.NotFound, "EXCHANGE_NOT_FOUND", "This answer does not exist.")
	ErrAsking               = fault.New(fault.Conflict, "ANSWER_UNDER_WAY", "An answer is under way. Wait for it, or stop it.")
	ErrInstallNotFound      = fault.New(fault.NotFound, "INSTALL_NOT_FOUND", "This plugin is not installed here.")
	ErrInstalled            = fault.New(fault.Conflict, "ALREADY_INSTALLED", "This plugin is installed here already.")
	ErrInstallChanged       = fault.New(fault.Conflict, "INSTALL_CHANGED", "This was changed elsewhere meanwhile.")
	ErrCommandTaken         = fault.New(fault.Conflict, "COMMAND_TAKEN", "Another plugin in this channel has one of these commands.")
	ErrValueNotFound        = fault.New(fault.NotFound, "VALUE_NOT_FOUND", "Nothing is kept under this key.")
	ErrFull                 = fault.New(fault.Full, "STORAGE_FULL", "This plugin keeps as much as it may.")
)
