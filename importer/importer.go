// Package importer brings people and their history from other systems.
//
// What has an ObjectID keeps it as its id here, and all else gets an id that follows from what the source calls it, so that a
// second run finds what the first has brought. Nothing that is here is changed. An import that was interrupted is gone on
// with by running it again. What a source is read from is the business of the packages below this one.
package importer

import (
	"context"
	"maps"
	"time"

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
	Message(ctx context.Context, id string) (chat.Message, error)
	TogglePin(ctx context.Context, messageID, userID string, now time.Time) (chat.Message, error)
}

// Options say what an import does. Source, Target and Render must be set.
type Options struct {
	Source Source
	Target Target
	// Render makes the HTML of a message. mentioned reports which names behind an @ are somebody's.
	Render   func(text string, mentioned func(name string) bool) string
	Renderer int // the version of Render

	// DryRun finds out what would happen and stores nothing.
	DryRun bool
	// DropTwoFactor turns off the second factors that cannot be brought. Without it their people cannot come in until an admin
	// resets them.
	DropTwoFactor bool
	// TrustAddresses joins people to accounts here whose address was never proven.
	TrustAddresses bool
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
	traits    Traits
	report    *Report
	tell      *Tell
	notes     map[string]map[string]string // what earlier runs noted: ids here by collection and key
	people    map[string]map[string]string // ids here by collection and key
	usernames map[string]string            // by id here, of those who can be mentioned
	mentioned map[string]bool              // all of usernames
	strangers map[string]bool              // keys of authors whom nobody knows
	channels  map[string]*Channel          // by key
}

// Run imports, and returns what it did, also where it fails: what is in the report then stays done.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	traits := o.Source.Traits()
	r := &run{
		Options: o, traits: traits, report: &Report{Source: traits.Name, DryRun: o.DryRun}, notes: map[string]map[string]string{},
		people: map[string]map[string]string{}, usernames: map[string]string{}, channels: map[string]*Channel{}, strangers: map[string]bool{},
	}
	r.tell = &Tell{Report: r.report, Progress: o.Progress}
	for _, step := range []func(context.Context) error{r.readNotes, r.bringPeople, r.bringHistory, r.keepRest} {
		if err := step(ctx); err != nil {
			return r.report, err
		}
	}
	r.report.Ignored = o.Source.Ignored()
	return r.report, nil
}

// Collections of every source, as the report calls them.
const (
	Channels  = "channels"
	Members   = "channel_members"
	Messages  = "messages"
	Reactions = "message_reactions"
	Pins      = "pins"
	Bookmarks = "bookmarks"
)

// kind is the kind of the notes about a collection of the source.
func (r *run) kind(collection string) string { return r.traits.Prefix + collection }

// readBatch is how many notes are read at a time.
const readBatch = 1000

// readNotes finds out what became of things that did not keep their id.
func (r *run) readNotes(ctx context.Context) error {
	for _, collection := range append([]string{Channels}, r.traits.People...) {
		r.notes[collection] = map[string]string{}
		for after := ""; ; {
			page, err := r.Target.Documents(ctx, r.kind(collection), after, readBatch)
			if err != nil {
				return err
			}
			for _, d := range page {
				r.notes[collection][d.SourceID] = d.TargetID
				after = d.SourceID
			}
			if len(page) < readBatch {
				break
			}
		}
	}
	for _, collection := range r.traits.People {
		r.people[collection] = maps.Clone(r.notes[collection])
	}
	return nil
}

// noteTarget remembers what something became that has another id here than there.
func (r *run) noteTarget(ctx context.Context, collection, key, target string) error {
	if key == target || r.notes[collection][key] == target || r.DryRun {
		return nil
	}
	r.notes[collection][key] = target
	_, err := r.Target.KeepDocuments(ctx, []imported.Document{{Kind: r.kind(collection), SourceID: key, TargetID: target}})
	return err
}

// who returns the id here of a person, "" for nobody.
func (r *run) who(ref Reference) string {
	for _, collection := range append([]string{ref.Collection}, r.traits.People...) {
		if id := r.people[collection][ref.Key]; id != "" {
			return id
		}
	}
	return ""
}

func (r *run) person(key string) string { return r.who(Reference{Key: key}) }
