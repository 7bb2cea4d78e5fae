package importer

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/imported"
)

// bringMembers brings who is in a channel, with what they had read there.
func (r *run) bringMembers(ctx context.Context) error {
	read, err := r.readReceipts(ctx)
	if err != nil {
		return err
	}
	members, err := r.readMembers(ctx)
	if err != nil {
		return err
	}
	line, done, total := r.report.line("channel_members"), 0, 0
	for _, inside := range members {
		total += len(inside)
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		c, inside := r.channels[key], members[key]
		list := make([]chat.Member, 0, len(inside))
		for person, m := range inside {
			m.LastReadAt = read[[2]string{key, person}]
			list = append(list, m)
		}
		slices.SortFunc(list, func(a, b chat.Member) int { return strings.Compare(a.UserID, b.UserID) })
		for part := range slices.Chunk(list, peopleBatch) {
			r.Progress(Progress{"members", done, total})
			added, err := r.storeMembers(ctx, c.ID, part)
			if err != nil {
				return err
			}
			line.Brought, line.Already, done = line.Brought+added, line.Already+len(part)-added, done+len(part)
		}
	}
	r.Progress(Progress{"members", total, total})
	return nil
}

func (r *run) storeMembers(ctx context.Context, channelID string, members []chat.Member) (int, error) {
	if !r.DryRun {
		return r.Target.ImportMembers(ctx, channelID, members)
	}
	notes := make([]string, len(members))
	for i, m := range members {
		notes[i] = imported.MemberNote(channelID, m.UserID)
	}
	known, err := r.Target.KnownDocuments(ctx, imported.KindMember, notes)
	return len(members) - len(known), err
}

// readReceipts returns when people last read, by the keys of the channel and the person.
func (r *run) readReceipts(ctx context.Context) (map[[2]string]time.Time, error) {
	read := map[[2]string]time.Time{}
	return read, r.Source.each(ctx, "user_channel_read", bson.D{}, nil, func(d doc) error {
		place := [2]string{d.key("channel_id", "channelId"), r.who(d.key("user_id", "userId"), chatUsers, authUsers)}
		if at := d.when("last_read_at", "lastReadAt"); at.After(read[place]) {
			read[place] = at
		}
		return nil
	})
}

// readMembers returns the memberships by the key of the channel and the id of the person here. Of two for one person the older
// counts, as an admin if either was one.
func (r *run) readMembers(ctx context.Context) (map[string]map[string]chat.Member, error) {
	members := map[string]map[string]chat.Member{}
	add := func(c *channel, person string, role string, joined time.Time) (twice, known bool) {
		userID := r.who(person, chatUsers, authUsers)
		if userID == "" || r.strangers[person] && c.Type != chat.Direct {
			return false, false
		}
		if c.Type == chat.Direct && !strings.Contains(c.Key, userID) {
			return false, false // a conversation has the two whom it is between
		}
		if members[c.key] == nil {
			members[c.key] = map[string]chat.Member{}
		}
		m, twice := members[c.key][userID]
		if !twice {
			m = chat.Member{UserID: userID, Role: chat.RoleMember, JoinedAt: joined}
		} else if joined.Before(m.JoinedAt) {
			m.JoinedAt = joined
		}
		if role == string(chat.RoleAdmin) || role == "owner" {
			m.Role = chat.RoleAdmin
		}
		if c.Type == chat.Direct {
			m.Role = chat.RolePeer
		}
		members[c.key][userID] = m
		return twice, true
	}
	line := r.report.line("channel_members")
	err := r.Source.each(ctx, "channel_members", bson.D{}, nil, func(d doc) error {
		line.Read++
		c, person := r.channels[d.key("channel_id", "channelId")], d.key("user_id", "userId")
		if c == nil {
			r.report.leaveOut("channel_members", "its channel is not there", d.key("channel_id", "channelId"))
			return nil
		}
		if twice, known := add(c, person, d.text("role"), d.created()); twice {
			r.report.leaveOut("channel_members", "the same person twice in a channel: the older counts, as an admin if either was", c.Name)
		} else if !known {
			r.report.leaveOut("channel_members", "its person is not there", person)
		}
		return nil
	})
	for _, c := range r.channels {
		for _, person := range c.people {
			add(c, person, "", c.CreatedAt)
		}
	}
	return members, err
}
