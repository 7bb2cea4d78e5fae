package importer

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"pegasus/chat"
	"pegasus/imported"
)

// bringMembers brings who is in a channel, with what they had read there.
func (r *run) bringMembers(ctx context.Context) error {
	members, err := r.readMembers(ctx)
	if err != nil {
		return err
	}
	line, done, total := r.report.Line(Members), 0, 0
	for _, inside := range members {
		total += len(inside)
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		c, inside := r.channels[key], members[key]
		list := slices.SortedFunc(maps.Values(inside), func(a, b chat.Member) int { return strings.Compare(a.UserID, b.UserID) })
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

// places are memberships by the key of the channel and the id of the person here.
type places map[string]map[string]chat.Member

// readMembers returns who is where. Of two memberships of one person the older counts, as an admin if either was one.
func (r *run) readMembers(ctx context.Context) (places, error) {
	members, seen := places{}, map[[2]string]time.Time{}
	line := r.report.Line(Members)
	err := r.Source.Members(ctx, r.tell, func(m Membership) error {
		c := r.channels[m.Channel]
		if m.Seen {
			if at := [2]string{m.Channel, r.person(m.Person)}; m.LastReadAt.After(seen[at]) {
				seen[at] = m.LastReadAt
			}
			return nil
		}
		line.Read++
		if c == nil {
			r.report.LeaveOut(Members, "its channel is not there", m.Channel)
			return nil
		}
		if twice, known := r.addMember(members, c, m); twice {
			r.report.LeaveOut(Members, "the same person twice in a channel: the older counts, as an admin if either was", c.Name)
		} else if !known {
			r.report.LeaveOut(Members, "its person is not there", m.Person)
		}
		return nil
	})
	for _, c := range r.channels {
		for _, person := range c.People {
			r.addMember(members, c, Membership{Person: person, JoinedAt: c.CreatedAt})
		}
	}
	for at, last := range seen {
		if m, there := members[at[0]][at[1]]; there && last.After(m.LastReadAt) {
			m.LastReadAt = last
			members[at[0]][at[1]] = m
		}
	}
	return members, err
}

func (r *run) addMember(members places, c *Channel, place Membership) (twice, known bool) {
	userID := r.person(place.Person)
	if userID == "" || r.strangers[place.Person] && !c.IsDirect() {
		return false, false
	}
	if c.IsDirect() && !c.isBetween(userID) {
		return false, false // a conversation has those whom it is between
	}
	if members[c.Key] == nil {
		members[c.Key] = map[string]chat.Member{}
	}
	m, twice := members[c.Key][userID]
	if !twice {
		m = chat.Member{UserID: userID, Role: chat.RoleMember, JoinedAt: place.JoinedAt}
	} else if place.JoinedAt.Before(m.JoinedAt) {
		m.JoinedAt = place.JoinedAt
	}
	if place.LastReadAt.After(m.LastReadAt) {
		m.LastReadAt = place.LastReadAt
	}
	if place.Admin {
		m.Role = chat.RoleAdmin
	}
	if c.IsDirect() {
		m.Role = chat.RolePeer
	}
	members[c.Key][userID] = m
	return twice, true
}

func (c *Channel) isBetween(userID string) bool {
	if a, b, direct := chat.DirectPeople(c.Channel.Key); direct {
		return userID == a || userID == b
	}
	return slices.Contains(c.between, userID)
}
