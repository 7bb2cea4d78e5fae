package chat

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/excerpt"
)

const (
	maxNotices  = 4096        // messages whose readers are not told yet; of more the newest are told of by their counts alone
	noticeTries = 3           // while the database is away
	noticeWait  = time.Second // between two of them
)

// notice is a message that somebody may have to be told of.
type notice struct {
	channel   Channel
	message   Message
	author    accounts.User
	mentions  []Mention
	followers []string
	edited    bool
}

// Told is a message with those who are told of it. They may be away.
type Told struct {
	Channel Channel
	Message Message
	Author  accounts.User
	People  []Notified
}

// Notified is somebody who is told of a message.
type Notified struct {
	Recipient
	Verdict
}

// enqueue leaves a message to TellNotices. It never blocks.
func (s *Service) enqueue(n notice) {
	select {
	case s.notices <- n:
	default:
		s.noticesLost.Add(1)
	}
}

// NoticesLost returns of how many messages nobody was told, because too many waited or the database was away.
func (s *Service) NoticesLost() int64 { return s.noticesLost.Load() }

// TellNotices tells of new messages whom they concern until ctx ends, one message after the other.
func (s *Service) TellNotices(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-s.notices:
			s.tellNotice(ctx, n)
		}
	}
}

// TellWaiting tells of the messages that wait now.
func (s *Service) TellWaiting(ctx context.Context) {
	for {
		select {
		case n := <-s.notices:
			s.tellNotice(ctx, n)
		default:
			return
		}
	}
}

func (s *Service) tellNotice(ctx context.Context, n notice) {
	for try := 1; ; try++ {
		told, err := s.decide(ctx, n)
		if err == nil {
			s.publishTold(ctx, told)
			return
		}
		if try == noticeTries {
			s.noticesLost.Add(1)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(noticeWait):
		}
	}
}

// decide finds out whom a message is told, with a fixed number of reads however many are in its channel.
func (s *Service) decide(ctx context.Context, n notice) (Told, error) {
	named, crowd, follows := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var concerned []string
	for _, m := range n.mentions {
		concerned = append(concerned, m.UserID)
		named[m.UserID], crowd[m.UserID] = m.Named, !m.Named
	}
	for _, userID := range n.followers {
		concerned = append(concerned, userID)
		follows[userID] = true
	}
	if n.edited {
		c, err := s.store.Channel(ctx, n.channel.ID)
		if err != nil {
			return Told{}, err
		}
		n.channel = c
	}
	told := Told{Channel: n.channel, Message: n.message, Author: n.author}
	everybody := n.channel.IsDirect() || s.level == LevelAll && !n.edited
	audience, err := s.store.Audience(ctx, n.channel.ID, concerned, everybody)
	if err != nil {
		return Told{}, err
	}
	news := News{AuthorID: n.message.UserID, Direct: n.channel.IsDirect(), Edited: n.edited, Words: wordsOf(n.message.Content)}
	now := s.now()
	for _, r := range audience {
		news.Named, news.Crowd, news.Follows = named[r.UserID], crowd[r.UserID], follows[r.UserID]
		if v := Decide(r, news, s.level, now); v.Tell {
			told.People = append(told.People, Notified{Recipient: r, Verdict: v})
		}
	}
	return told, nil
}

func (s *Service) publishTold(ctx context.Context, told Told) {
	if len(told.People) == 0 {
		return
	}
	m := told.Message
	for _, p := range told.People {
		content := m.Content
		if p.Preferences.HideContent {
			content = ""
		}
		s.events.Publish(userTopic(p.UserID), Notification{
			UserID: p.UserID, Kind: p.Reason.kind(), Reason: p.Reason, ChannelID: m.ChannelID, MessageID: m.ID, Seq: m.Seq, AuthorID: m.UserID,
			Channel: told.Channel, Author: told.Author, Content: content, Sound: p.Preferences.Sound,
		})
	}
	if s.told != nil {
		s.told(ctx, told)
	}
}

// kind returns a reason as the wire tells it: for who is mentioned it is the same by which name.
func (r Reason) kind() NotificationKind {
	if r == ReasonCrowd {
		return NotifyMention
	}
	return NotificationKind(r)
}

// maxExcerpt is how much of a message stands outside of its page, in characters.
const maxExcerpt = 200

// NoticeTitle says who wrote, and where, in what is shown outside of the page.
func NoticeTitle(author accounts.User, c Channel) string {
	if c.Name == "" {
		return author.Shown()
	}
	return author.Shown() + " in " + c.Name
}

// Excerpt returns the beginning of a text, on one line. Spoilers stay covered.
func Excerpt(text string) string {
	return excerpt.Line(Covered(text), maxExcerpt)
}
