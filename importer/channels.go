package importer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/imported"
)

// channel is a channel of the source.
type channel struct {
	chat.Channel
	key    string
	people []string // keys of those whom it is between, for a direct conversation
	rest   string   // of its document, as Extended JSON
}

// bringHistory brings channels, who is in them, and what was said. Members come before messages: their marks go by what they
// had read.
func (r *run) bringHistory(ctx context.Context) error {
	if !r.Source.chat() {
		return nil
	}
	if err := r.readChannels(ctx); err != nil {
		return err
	}
	log, err := r.readLog(ctx)
	if err != nil {
		return err
	}
	r.odd = log.oddIDs
	if err := r.storeStrangers(ctx); err != nil {
		return err
	}
	if err := r.storeChannels(ctx); err != nil {
		return err
	}
	if err := r.bringMembers(ctx); err != nil {
		return err
	}
	return r.bringMessages(ctx, log)
}

var channelFields = map[string]bool{
	"_id": true, "name": true, "description": true, "type": true, "created_by": true, "created_at": true, "updated_at": true,
	"is_deleted": true, "members": true, "last_message": true, "last_message_at": true,
}

func (r *run) readChannels(ctx context.Context) error {
	line := r.report.line("channels")
	return r.Source.each(ctx, "channels", bson.D{}, nil, func(d doc) error {
		line.Read++
		c := &channel{key: d.key("_id"), rest: d.without(channelFields)}
		c.Channel = chat.Channel{
			ID: idFor("channels", c.key, d.created()), Name: d.text("name"), Description: d.text("description"), Type: chat.Private,
			CreatedBy: d.key("created_by", "createdBy"), CreatedAt: d.created(), Archived: d.flag("is_deleted", "deleted"),
		}
		if d.text("type") == string(chat.Public) {
			c.Type = chat.Public
		}
		if c.people = between(c.key); c.people == nil {
			c.people = between(c.Name)
		}
		if c.people != nil {
			c.Type = chat.Private
			r.channels[c.Name] = c // as its messages may call it
		}
		r.channels[c.key] = c
		return nil
	})
}

// between returns the two people of a direct conversation by its name, dm_<one>_<other>, and nil for any other.
func between(name string) []string {
	parts := strings.Split(strings.ToLower(name), "_")
	if len(parts) != 3 || parts[0] != "dm" || !id.Valid(parts[1]) || !id.Valid(parts[2]) {
		return nil
	}
	return parts[1:]
}

// directChannel returns the channel of messages that name a direct conversation which has no document, nil where they name
// none. It began with the oldest of its messages.
func (r *run) directChannel(key string, at time.Time) *channel {
	people := between(key)
	if people == nil {
		return nil
	}
	c := &channel{key: key, people: people, Channel: chat.Channel{Name: key, Type: chat.Private, CreatedAt: at}}
	r.channels[key] = c
	line := r.report.line("channels")
	line.Read++
	return c
}

// storeChannels makes the channels that are missing, the oldest first. A public one whose name a public channel here has is
// that channel.
func (r *run) storeChannels(ctx context.Context) error {
	ordered := r.orderChannels()
	taken := map[string]bool{} // ids and folded names of channels that come from the source
	for _, c := range ordered {
		taken[c.ID] = true
	}
	var direct, rest []imported.Document
	for i, c := range ordered {
		r.Progress(Progress{"channels", i, len(ordered)})
		if err := r.storeChannel(ctx, c, taken); err != nil {
			return err
		}
		if err := r.noteTarget(ctx, "channels", c.key, c.ID); err != nil {
			return err
		}
		if c.people != nil && c.Type != chat.Direct {
			direct = append(direct, imported.Document{Kind: "dm_channels", SourceID: c.key, TargetID: c.ID, CreatedAt: c.CreatedAt,
				JSON: fmt.Sprintf(`{"members":[%q,%q]}`, r.who(c.people[0], chatUsers, authUsers), r.who(c.people[1], chatUsers, authUsers))})
		}
		if c.rest != "" {
			rest = append(rest, imported.Document{Kind: "channel_fields", SourceID: c.key, TargetID: c.ID, CreatedAt: c.CreatedAt, JSON: c.rest})
		}
	}
	if err := r.keep(ctx, "channels", direct); err != nil {
		return err
	}
	return r.keep(ctx, "channels", rest)
}

// orderChannels returns the channels with the ids that they have here, the oldest first.
func (r *run) orderChannels() []*channel {
	ordered := slices.Collect(maps.Values(r.channels))
	for _, c := range ordered {
		if c.ID == "" {
			c.ID = idFor("channels", c.key, c.CreatedAt)
		}
		c.ID = cmp.Or(r.notes["channels"][c.key], c.ID)
	}
	slices.SortFunc(ordered, func(a, b *channel) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return slices.Compact(ordered)
}

func (r *run) storeChannel(ctx context.Context, c *channel, taken map[string]bool) error {
	line := r.report.line("channels")
	c.CreatedBy = r.who(c.CreatedBy, chatUsers, authUsers)
	r.makeDirect(c)
	there, err := r.Target.Channel(ctx, c.ID)
	if err == nil {
		c.Channel = there
		line.Already++
		return nil
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if c.Type == chat.Direct {
		return r.storeDirect(ctx, c)
	}
	wanted := c.Name
	c.Name = channelName(c.Name, c.ID)
	if runes := []rune(c.Description); len(runes) > chat.MaxDescription {
		c.Description = string(runes[:chat.MaxDescription])
		r.report.note("channels", "the description was cut", wanted)
	}
	for attempt := 2; c.Type == chat.Public; attempt++ {
		there, err := r.Target.ChannelByName(ctx, c.Name)
		twin := taken[strings.ToLower(c.Name)] || err == nil && taken[there.ID]
		if err == nil && !twin && !there.Archived && !c.Archived {
			r.report.note("channels", "there is a public channel of this name: its messages go there", wanted)
			c.Channel = there
			taken[there.ID] = true
			line.Already++
			return nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		// A channel that was deleted there must not become the one that everyone here is in.
		if err != nil && !twin && !(c.Archived && strings.EqualFold(c.Name, chat.General)) {
			break
		}
		suffix := fmt.Sprint("-", attempt)
		base := channelName(wanted, c.ID)
		c.Name = base[:min(len(base), chat.MaxChannelName-len(suffix))] + suffix
	}
	if c.Name != wanted {
		r.report.note("channels", "the name is taken, or has signs that a name here cannot have", wanted+" is "+c.Name+" here")
	}
	if c.Type == chat.Public {
		taken[strings.ToLower(c.Name)] = true
	}
	line.Brought++
	if r.DryRun {
		return nil
	}
	return r.Target.CreateChannel(ctx, c.Channel, nil)
}

// makeDirect makes a conversation of what is between two people who are known. With somebody unknown it stays a private channel.
func (r *run) makeDirect(c *channel) {
	if c.people == nil {
		return
	}
	a, b := r.who(c.people[0], chatUsers, authUsers), r.who(c.people[1], chatUsers, authUsers)
	if a != "" && b != "" {
		c.Type, c.Key, c.Name, c.Description, c.CreatedBy, c.Archived = chat.Direct, chat.DirectKey(a, b), "", "", "", false
	}
}

// storeDirect makes a conversation that is missing. One that the two have begun here already takes the messages.
func (r *run) storeDirect(ctx context.Context, c *channel) error {
	line := r.report.line("channels")
	there, err := r.Target.ChannelByKey(ctx, c.Key)
	if err == nil {
		c.Channel = there
		line.Already++
		return nil
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	line.Brought++
	if r.DryRun {
		return nil
	}
	return r.Target.CreateChannel(ctx, c.Channel, nil)
}

// channelName returns a name that a channel here can have.
func channelName(name, id string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, name), "-")
	if name == "" {
		return "channel-" + id[len(id)-6:]
	}
	return name[:min(len(name), chat.MaxChannelName)]
}
