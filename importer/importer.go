// Package importer brings people and their history from the databases of the systems that Pegasus replaces.
//
// What has an ObjectID keeps it as its id here, so that a second run finds what the first has brought. Nothing that is here
// is changed. An import that was interrupted is gone on with by running it again.
package importer

import (
	"context"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/imported"
)

// Target is the workspace that an import brings things to.
type Target interface {
	imported.Store
	Users(ctx context.Context, ids []string) ([]accounts.User, error)
	UserByEmail(ctx context.Context, email string) (accounts.User, error)
	UserByUsername(ctx context.Context, username string) (accounts.User, error)
	ProviderAccount(ctx context.Context, provider, subject string) (accounts.ProviderAccount, error)
	Channel(ctx context.Context, id string) (chat.Channel, error)
	ChannelByName(ctx context.Context, name string) (chat.Channel, error)
	ChannelByKey(ctx context.Context, key string) (chat.Channel, error)
	CreateChannel(ctx context.Context, c chat.Channel, members []chat.Member) error
}

// Options say what an import does. Source, Target and Render must be set.
type Options struct {
	Source   *Source
	Target   Target
	Render   func(string) string
	Renderer int // the version of Render

	// DryRun finds out what would happen and stores nothing.
	DryRun bool
	// Secret is the one of the application that Better Auth ran in. It opens second factors.
	Secret string
	// DropTwoFactor turns off the second factors that cannot be brought. Without it their people cannot come in until an admin
	// resets them.
	DropTwoFactor bool
	// TrustAddresses joins people to accounts here whose address was never proven.
	TrustAddresses bool
	// Providers are those whose accounts mean the same here as in the source, such as "google".
	Providers []string
	// Progress is told how far a collection is, now and then, by the goroutine that called Run.
	Progress func(Progress)
}

// Progress says how far a collection is.
type Progress struct {
	Collection  string
	Done, Total int
}

// run is one import.
type run struct {
	Options
	report    *Report
	notes     map[string]map[string]string // what earlier runs noted: ids here by kind and key
	people    map[string]map[string]string // ids here by collection and key
	strangers map[string]bool              // keys of authors whom nobody knows
	channels  map[string]*channel          // by key
	odd       map[string]number            // ids here of messages whose key is none, by key
	saved     []mark                       // messages that people have put aside in their own documents
}

// Run imports, and returns what it did, also where it fails: what is in the report then stays done.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	r := &run{
		Options: o, report: &Report{Source: o.Source.Name(), DryRun: o.DryRun}, notes: map[string]map[string]string{},
		people: map[string]map[string]string{}, channels: map[string]*channel{}, strangers: map[string]bool{},
	}
	for _, step := range []func(context.Context) error{
		r.readNotes, r.bringPeople, r.bringHistory, r.bringMarks, r.keepOthers,
	} {
		if err := step(ctx); err != nil {
			return r.report, err
		}
	}
	r.nameIgnored()
	return r.report, nil
}

// Collections of the source.
const (
	chatUsers = "users"
	authUsers = "user"
	reactions = "message_reactions"
)

// readNotes finds out what became of things that did not keep their id.
func (r *run) readNotes(ctx context.Context) error {
	for _, kind := range []string{chatUsers, authUsers, "channels"} {
		r.notes[kind], r.people[kind] = map[string]string{}, map[string]string{}
		for after := ""; ; {
			page, err := r.Target.Documents(ctx, kind, after, readBatch)
			if err != nil {
				return err
			}
			for _, d := range page {
				r.notes[kind][d.SourceID], r.people[kind][d.SourceID] = d.TargetID, d.TargetID
				after = d.SourceID
			}
			if len(page) < readBatch {
				break
			}
		}
	}
	return nil
}

// noteTarget remembers what something became that has another id here than there.
func (r *run) noteTarget(ctx context.Context, kind, key, target string) error {
	if key == target || r.notes[kind][key] == target || r.DryRun {
		return nil
	}
	r.notes[kind][key] = target
	_, err := r.Target.KeepDocuments(ctx, []imported.Document{{Kind: kind, SourceID: key, TargetID: target}})
	return err
}

// who returns the id here of the person whom the source calls key, "" for nobody. Those of the collection named first come
// first: both systems may have people.
func (r *run) who(key string, collections ...string) string {
	for _, c := range collections {
		if id := r.people[c][key]; id != "" {
			return id
		}
	}
	return ""
}

// secrets are collections that hold what opens accounts, or what is made anew here.
var unwanted = map[string]string{
	"session": "people sign in again", "sessions": "people sign in again", "verification": "links in mails end", "verification_tokens": "links in mails end",
	"message_embeddings": "made of the messages",
}

func (r *run) nameIgnored() {
	read := []string{chatUsers, authUsers, "account", "twoFactor", "passkey", "channels", "channel_members", "messages", "user_channel_read", reactions}
	read = append(read, bookmarkCollections...)
	for _, name := range r.Source.collections {
		if slices.Contains(read, name) || kept(name) || strings.HasPrefix(name, "system.") {
			continue
		}
		if why := unwanted[name]; why != "" {
			name += " (" + why + ")"
		}
		r.report.Ignored = append(r.report.Ignored, name)
	}
}
