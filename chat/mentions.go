package chat

import (
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
)

// Limits of mentions.
const (
	MaxMentions    = 50   // people whom one message mentions by name; of more the first ones count
	MaxCrowd       = 1000 // members of a channel up to which anyone may mention all of them at once
	MaxMentionable = 50   // people proposed to who is writing
)

// The names that stand for many. Nobody may have them as a username.
const (
	mentionChannel = "channel" // every member
	mentionHere    = "here"    // every member who is connected
)

// Mention is one person whom a message mentions, a member of its channel and not its author.
type Mention struct {
	UserID string
	Named  bool // by their own name, not as one of many
}

// MentionStore keeps who is mentioned where. Deleting a message drops its mentions, and erasing a person theirs.
//
// AppendMessage stores the Mentions of a message with it, and those named follow the thread.
type MentionStore interface {
	// MembersNamed returns the ids of the members of a channel who have one of these usernames, by username. Who is gone
	// for good is left out.
	MembersNamed(ctx context.Context, channelID string, usernames []string) (map[string]string, error)
	// MembersMatching returns up to limit members whose username, name or display name begins with a text in lower case,
	// those whose username does first, in the order of their usernames. It looks at the members of the channel, at no
	// more.
	MembersMatching(ctx context.Context, channelID, prefix string, limit int) ([]accounts.User, error)
	// SetMentions replaces the mentions of a message and returns the ids of those whom it did not mention before. Each
	// person is returned by one of several calls at once. With keepCrowd, who is not mentioned by name stays mentioned. The
	// message must not be deleted.
	SetMentions(ctx context.Context, messageID string, mentions []Mention, keepCrowd bool) (added []string, err error)
	// Mentions returns up to limit messages that mention a person, from the channels that they are in, the newest first and
	// by descending id where that is the same, after the place given; the zero time is the beginning. It makes a fixed
	// number of reads.
	Mentions(ctx context.Context, userID string, before time.Time, beforeID string, limit int) ([]Message, error)
	// UnreadMentions returns how many messages after their read mark mention a person, by channel, without the channels in
	// which there are none. It makes a fixed number of reads.
	UnreadMentions(ctx context.Context, userID string) (map[string]int64, error)
}

// composed is what becomes of what a person wrote.
type composed struct {
	html      string // what is marked in it is what counts
	mentions  []Mention
	sameCrowd bool // it mentions the many whom it mentioned before: they are not among mentions, and stay
}

func mayMention(content string) bool { return strings.ContainsRune(content, '@') }

// mentionMark returns what stands in the HTML where a name is mentioned.
func mentionMark(name string) string { return `data-mention="` + name + `"` }

// crowdOf returns which of the names that stand for many is mentioned in HTML, the wider one of two.
func crowdOf(html string) string {
	for _, crowd := range []string{mentionChannel, mentionHere} {
		if strings.Contains(html, mentionMark(crowd)) {
			return crowd
		}
	}
	return ""
}

// compose renders a text for a channel and finds out whom it mentions. Many who were mentioned before the text was edited are
// not looked up anew: who is here now has not been called.
func (s *Service) compose(
	ctx context.Context, actor accounts.User, c Channel, place Member, content, formerCrowd string,
) (composed, error) {
	var names []string
	if mayMention(content) {
		names = s.names(content)
	}
	if len(names) == 0 {
		return composed{html: s.render(content)}, nil
	}
	people, err := s.store.MembersNamed(ctx, c.ID, names)
	if err != nil {
		return composed{}, err
	}
	crowds := MayCall(actor, c, place)
	groups, err := s.callable(ctx, names, people, crowds)
	if err != nil {
		return composed{}, err
	}
	var t composed
	var called []string
	named := map[string]bool{}
	t.html = s.renderMentions(content, func(name string) bool {
		switch {
		case name == mentionChannel || name == mentionHere:
			return crowds
		case groups[name].ID != "":
			if !slices.Contains(called, groups[name].ID) && len(called) < MaxGroupsCalled {
				called = append(called, groups[name].ID)
			}
			return slices.Contains(called, groups[name].ID)
		case people[name] == "" || !named[name] && len(named) == MaxMentions:
			return false
		case !named[name] && people[name] != actor.ID:
			t.mentions = append(t.mentions, Mention{UserID: people[name], Named: true})
		}
		named[name] = true
		return true
	})
	if t.mentions, err = s.addGroups(ctx, actor, c.ID, t.mentions, called); err != nil {
		return composed{}, err
	}
	switch crowd := crowdOf(t.html); crowd {
	case "":
	case formerCrowd:
		t.sameCrowd = true
	default:
		t.mentions, err = s.addCrowd(ctx, actor, c.ID, t.mentions, crowd == mentionHere)
	}
	return t, err
}

func (s *Service) render(content string) string { return s.renderMentions(content, nil) }

// addCrowd adds the members of a channel, or those of them who are here, to those who are mentioned by name.
func (s *Service) addCrowd(
	ctx context.Context, actor accounts.User, channelID string, mentions []Mention, hereOnly bool,
) ([]Mention, error) {
	known := map[string]bool{actor.ID: true}
	for _, m := range mentions {
		known[m.UserID] = true
	}
	now := s.now()
	err := s.eachMember(ctx, channelID, func(m Member) bool {
		if !known[m.UserID] && (!hereOnly || s.presence.here(m.UserID, now)) {
			mentions = append(mentions, Mention{UserID: m.UserID})
		}
		return true
	})
	return mentions, err
}

// Mentions lists up to limit messages that mention the actor and that they may see, the newest first, after the one whose
// MentionCursor is given.
func (s *Service) Mentions(ctx context.Context, actor accounts.User, cursor string, limit int) ([]Message, error) {
	before, beforeID, err := parsePlace(cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Mentions(ctx, actor.ID, before, beforeID, limit)
	for i := range found {
		s.refresh(&found[i])
	}
	return found, err
}

// MentionCursor names the place of a message in a list of mentions, for the page after it.
func MentionCursor(m Message) string { return placeCursor(m.CreatedAt, m.ID) }

// Mentionable lists up to limit members of a channel that the actor is in whose username or name begins with a text, for
// who is about to mention one.
func (s *Service) Mentionable(ctx context.Context, actor accounts.User, channelID, text string, limit int) ([]accounts.User, error) {
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return nil, err
	}
	return s.store.MembersMatching(ctx, c.ID, strings.ToLower(text), min(max(limit, 1), MaxMentionable))
}

// countMentions puts the number of unread mentions to each channel, with one read however many channels there are.
func (s *Service) countMentions(ctx context.Context, userID string, joined []Joined) error {
	if !slices.ContainsFunc(joined, func(j Joined) bool { return j.LastReadSeq < j.LastSeq }) {
		return nil
	}
	unread, err := s.store.UnreadMentions(ctx, userID)
	for i := range joined {
		joined[i].MentionCount = unread[joined[i].Channel.ID]
	}
	return err
}

// NotificationKind says why a person is notified.
type NotificationKind string

// The kinds of the wire format. Of several that apply to a message the first is told.
const (
	NotifyMention     NotificationKind = "mention"
	NotifyDirect      NotificationKind = "direct"
	NotifyThreadReply NotificationKind = "thread_reply"
	NotifyKeyword     NotificationKind = "keyword"
	NotifyAll         NotificationKind = "all_messages"
)

// tellConcerned tells the followers of a thread of a reply, and leaves it to TellNotices whom else a new message concerns.
func (s *Service) tellConcerned(ctx context.Context, c Channel, m Message, author accounts.User, mentions []Mention) {
	n := notice{channel: c, message: m, author: author, mentions: mentions}
	if m.ParentID != "" {
		n.followers = s.tellThread(ctx, m.ParentID)
	}
	s.enqueue(n)
}

// tellMentioned leaves it to TellNotices to tell those whom an edit has mentioned for the first time.
func (s *Service) tellMentioned(m Message, author accounts.User, mentions []Mention, added []string) {
	if len(added) == 0 {
		return
	}
	n := notice{channel: Channel{ID: m.ChannelID}, message: m, author: author, edited: true}
	for _, one := range mentions {
		if slices.Contains(added, one.UserID) {
			n.mentions = append(n.mentions, one)
		}
	}
	s.enqueue(n)
}
