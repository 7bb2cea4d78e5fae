package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

const (
	jobMail = "missed-mail" // one a person, however much they miss

	mailAfter = 15 * time.Minute // for which a message must be unread
	mailEvery = time.Hour        // at most one mail a person
	maxMissed = 20               // messages in one mail; of more the newest count
)

// mailed is what is kept of a person's mail. Their job keeps it, which stays for that when there is nothing to do.
type mailed struct {
	Last time.Time `json:"last"` // when the newest message was posted that they were mailed, zero for none
}

// mails reports whether somebody who is told of a message is mailed it as well, if they do not read it.
func mails(p chat.Notified) bool { return !p.Preferences.NoMail && p.Reason.Personal() }

var errLooking = fault.New(fault.Unavailable, "LOOKING", "Somebody is looking just now.")

// expectMail looks a while after a time whether a person has read what they are told. One look is enough for all of it. The
// error is errLooking where a look is under way, which may have come too early for what is told now.
func (s *Service) expectMail(ctx context.Context, userID string, told time.Time) error {
	now, at := s.Now(), told.Add(mailAfter)
	j, repeated, err := s.Jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobMail, Owner: userID, Key: "missed", State: queue.Waiting, Due: at, NextTry: at, CreatedAt: now, Body: encode(mailed{}),
	})
	switch {
	case err != nil || !repeated || j.State == queue.Waiting:
		return err
	case j.State == queue.Running:
		return errLooking
	}
	j.State, j.Due, j.NextTry, j.DoneAt = queue.Waiting, at, at, time.Time{}
	if err = s.Jobs.SaveJob(ctx, j); fault.Is(err, fault.Conflict) {
		return nil // another message woke it meanwhile
	}
	return err
}

// mail sends a person what they have missed, in one letter, where they are away and want it. Its job then waits for an hour, so
// that nothing else is mailed meanwhile, and looks once more. Where there is nothing it rests until the next message.
func (s *Service) mail(ctx context.Context, j queue.Job) queue.Job {
	var before mailed
	_ = json.Unmarshal([]byte(j.Body), &before) // written by us
	next, err := s.mailMissed(ctx, j.Owner, &before)
	if err != nil {
		s.Failed("mail what somebody missed", err)
		next = s.Now().Add(mailAfter)
	}
	j.State, j.NextTry, j.Body = queue.Waiting, next, encode(before)
	if next.IsZero() {
		j.State, j.DoneAt = queue.Done, s.Now()
	}
	return j
}

// mailMissed returns when to look again, zero for not any more.
func (s *Service) mailMissed(ctx context.Context, userID string, before *mailed) (next time.Time, err error) {
	u, err := s.User(ctx, userID)
	if err != nil {
		return time.Time{}, orNothing(err)
	}
	now := s.Now()
	// An address that nobody has proven may be a stranger's.
	if u.MayEnter(now) != nil || !u.EmailVerified || !s.Mailer.Delivers() {
		return time.Time{}, nil
	}
	wants, err := s.Chat.Preferences(ctx, u)
	if err != nil || wants.NoMail {
		return time.Time{}, err
	}
	found, more, err := s.missedBy(ctx, u, wants, before.Last)
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	if s.Chat.AtIt(userID) || wants.Silent(now) {
		return now.Add(mailAfter), nil
	}
	if ripe := found[0].message.CreatedAt.Add(mailAfter); now.Before(ripe) {
		return ripe, nil
	}
	if err := s.Mailer.Send(ctx, s.letter(u, found, more, wants.HideContent)); err != nil {
		return time.Time{}, err
	}
	before.Last = found[len(found)-1].message.CreatedAt
	return now.Add(mailEvery), nil
}

// missedBy returns the newest direct messages and mentions since a time that a person has not read and is told of by what they
// chose, the oldest first, and how many such messages are unread beside them.
func (s *Service) missedBy(ctx context.Context, u accounts.User, wants chat.Preferences, since time.Time) (found []missed, more int64, err error) {
	all, err := s.Chat.Missed(ctx, u, wants, since, maxMissed)
	if err != nil {
		return nil, 0, err
	}
	authors := map[string]accounts.User{}
	for _, m := range all.Messages {
		author, known := authors[m.UserID]
		if !known {
			if author, err = s.User(ctx, m.UserID); orNothing(err) != nil {
				return nil, 0, err
			}
			authors[m.UserID] = author
		}
		if author.ID != "" {
			found = append(found, missed{user: u, author: author, channel: m.Channel, message: m.Message})
		}
	}
	slices.Reverse(found)
	return found, all.More, nil
}

// letter gathers what a person missed. With hide it says from whom, and not what.
func (s *Service) letter(u accounts.User, found []missed, more int64, hide bool) accounts.Letter {
	l := accounts.Letter{
		Kind: accounts.LetterMissed, To: u.Email, More: more, Name: u.Shown(), URL: s.URL + "/unreads",
		Unsubscribe: s.URL + s.UnsubscribePath(u.ID),
	}
	for _, m := range found {
		item := accounts.LetterItem{
			Title: chat.NoticeTitle(m.author, m.channel), URL: s.URL + s.Link(m.channel.ID, m.message.ID), Why: s.URL + whyPath(m.channel.ID, m.message.ID),
		}
		if !hide {
			item.Text = chat.Excerpt(m.message.Content)
		}
		l.Items = append(l.Items, item)
	}
	return l
}

func whyPath(channelID, messageID string) string {
	return "/chat/" + channelID + "/messages/" + messageID + "/why"
}

var errUnsubscribe = fault.New(fault.NotFound, "INVALID_TOKEN", "This link is not valid.")

func (k keys) mac(userID string) string {
	mac := hmac.New(sha256.New, k.links)
	mac.Write([]byte("unsubscribe " + userID))
	return text64(mac.Sum(nil))
}

// unsubscribeToken names a person to the page that ends their mail, so that nobody else can.
func (k keys) unsubscribeToken(userID string) string { return userID + "." + k.mac(userID) }

// UnsubscribePath is the page that ends a person's mail for whoever has its address.
func (s *Service) UnsubscribePath(userID string) string {
	return "/unsubscribe?token=" + s.keys.unsubscribeToken(userID)
}

// Unsubscriber returns whose mail a link ends.
func (s *Service) Unsubscriber(ctx context.Context, token string) (accounts.User, error) {
	userID, mac, _ := strings.Cut(token, ".")
	if !id.Valid(userID) || !hmac.Equal([]byte(mac), []byte(s.keys.mac(userID))) {
		return accounts.User{}, errUnsubscribe
	}
	u, err := s.User(ctx, userID)
	if fault.Is(err, fault.NotFound) {
		err = errUnsubscribe
	}
	return u, err
}

// EndMail ends the mail of who has a link to do so. It may be called again.
func (s *Service) EndMail(ctx context.Context, token string) error {
	u, err := s.Unsubscriber(ctx, token)
	if err != nil {
		return err
	}
	wants, err := s.Chat.Preferences(ctx, u)
	if err != nil || wants.NoMail {
		return err
	}
	wants.NoMail = true
	_, err = s.Chat.SetPreferences(ctx, u, wants)
	return err
}
