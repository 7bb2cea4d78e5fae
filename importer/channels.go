package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/imported"
)

// bringHistory brings channels, who is in them, and what was said. Members come before messages: their marks go by what they
// had read.
func (r *run) bringHistory(ctx context.Context) error {
	h, err := r.Source.History(ctx, r.tell)
	if err != nil || h == nil {
		return err
	}
	for _, c := range h.Channels {
		for _, key := range append([]string{c.Key}, c.Also...) {
			r.channels[key] = c
		}
	}
	for _, author := range h.Authors {
		if r.person(author) == "" {
			r.strangers[author] = true
		}
	}
	if err := r.storeStrangers(ctx); err != nil {
		return err
	}
	if err := r.storeChannels(ctx); err != nil {
		return err
	}
	if err := r.bringMembers(ctx); err != nil {
		return err
	}
	if err := r.bringMessages(ctx, h.Total); err != nil {
		return err
	}
	return r.bringMarks(ctx)
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
		r.Progress(Progress{Channels, i, len(ordered)})
		if err := r.storeChannel(ctx, c, taken); err != nil {
			return err
		}
		if err := r.noteTarget(ctx, Channels, c.Key, c.ID); err != nil {
			return err
		}
		if c.People != nil && !c.IsDirect() {
			direct = append(direct, imported.Document{Kind: r.kind("dm_channels"), SourceID: c.Key, TargetID: c.ID, CreatedAt: c.CreatedAt,
				JSON: r.membersOf(c)})
		}
		if c.Rest != "" {
			rest = append(rest, imported.Document{Kind: r.kind("channel_fields"), SourceID: c.Key, TargetID: c.ID, CreatedAt: c.CreatedAt, JSON: c.Rest})
		}
	}
	for _, docs := range [][]imported.Document{direct, rest} {
		if _, err := r.keep(ctx, Channels, docs); err != nil {
			return err
		}
	}
	return nil
}

// membersOf tells of a conversation with somebody unknown who it was between, as far as they are known.
func (r *run) membersOf(c *Channel) string {
	members := make([]string, len(c.People))
	for i, key := range c.People {
		members[i] = r.person(key)
	}
	text, err := json.Marshal(map[string][]string{"members": members})
	if err != nil {
		return ""
	}
	return string(text)
}

// orderChannels returns the channels with the ids that they have here, the oldest first.
func (r *run) orderChannels() []*Channel {
	ordered := slices.Collect(maps.Values(r.channels))
	for _, c := range ordered {
		if c.ID == "" {
			c.ID = IDFor(r.kind(Channels), c.Key, c.CreatedAt)
		}
		c.ID = cmp.Or(r.notes[Channels][c.Key], c.ID)
	}
	slices.SortFunc(ordered, func(a, b *Channel) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return slices.Compact(ordered)
}

func (r *run) storeChannel(ctx context.Context, c *Channel, taken map[string]bool) error {
	line := r.report.Line(Channels)
	c.CreatedBy = r.person(c.CreatedBy)
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
	if c.IsDirect() {
		return r.storeDirect(ctx, c)
	}
	wanted := c.Name
	c.Name = channelName(c.Name, c.ID)
	if runes := []rune(c.Description); len(runes) > chat.MaxDescription {
		c.Description = string(runes[:chat.MaxDescription])
		r.report.Note(Channels, "the description was cut", wanted)
	}
	if runes := []rune(c.Topic); len(runes) > chat.MaxTopic {
		c.Topic = string(runes[:chat.MaxTopic])
		r.report.Note(Channels, "the topic was cut", wanted)
	}
	for attempt := 2; c.Type == chat.Public; attempt++ {
		there, err := r.Target.ChannelByName(ctx, c.Name)
		twin := taken[strings.ToLower(c.Name)] || err == nil && taken[there.ID]
		if err == nil && !twin && !there.Archived && !c.Archived {
			r.report.Note(Channels, "there is a public channel of this name: its messages go there", wanted)
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
		r.report.Note(Channels, "the name is taken, or has signs that a name here cannot have", wanted+" is "+c.Name+" here")
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

// makeDirect makes a conversation of what is between people who are known, up to chat.MaxGroup. With somebody unknown, or more
// of them, it stays a private channel.
func (r *run) makeDirect(c *Channel) {
	var between []string
	for _, key := range c.People {
		person := r.person(key)
		if person == "" {
			return
		}
		between = append(between, person)
	}
	between = slices.Compact(slices.Sorted(slices.Values(between)))
	switch n := len(between); {
	case n == 0 || n > chat.MaxGroup:
		return
	case n < chat.MinGroup:
		c.Type, c.Channel.Key = chat.Direct, chat.DirectKey(between[0], between[n-1])
	default:
		c.Type, c.Channel.Key = chat.Group, chat.GroupKey(between)
	}
	c.between, c.Name, c.Description, c.Topic, c.CreatedBy, c.Archived = between, "", "", "", "", false
}

// storeDirect makes a conversation that is missing. One that the two have begun here already takes the messages.
func (r *run) storeDirect(ctx context.Context, c *Channel) error {
	line := r.report.Line(Channels)
	there, err := r.Target.ChannelByKey(ctx, c.Channel.Key)
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
