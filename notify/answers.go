package notify

import (
	"context"
	"time"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/queue"
)

// answerWait is how long a page at which an answer ended has to say so. Whoever reloads it in that moment is not told either.
const answerWait = 5 * time.Second

// Answer is what its asker is told of an answer of the workbench.
type Answer struct {
	PluginID string
	Title    string // the plugin's name
	Body     string // how it ended, in a sentence
	URL      string // where it stands: a path
}

// AnswerEnded goes to who asked for an answer of the workbench and was not there when it ended.
type AnswerEnded struct {
	UserID     string // to whom it goes
	ExchangeID string
	Answer
	Sound bool // that person wants to hear it
}

// AnswerOver keeps, durably, that who asked for an answer is told that it is over, unless they see it by themselves.
func (s *Service) AnswerOver(ctx context.Context, userID, exchangeID string) {
	now := s.Now()
	due := now.Add(answerWait)
	_, _, err := s.Jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobAnswer, Owner: userID, Key: exchangeID, State: queue.Waiting, Due: due, NextTry: due, CreatedAt: now,
	})
	if err != nil {
		s.Failed("tell of an answer", err)
	}
}

// tellAnswer tells a person's pages of an answer, and leaves a job for each of their browsers where they are away.
func (s *Service) tellAnswer(ctx context.Context, j queue.Job) queue.Job {
	told, wants, found, err := s.answerFor(ctx, j.Owner, j.Key)
	if err != nil || !found {
		return s.unless(j, err)
	}
	if !s.Chat.AtIt(j.Owner) {
		browsers, err := s.Store.Browsers(ctx, []string{j.Owner})
		for _, b := range browsers {
			if err == nil {
				err = s.enqueue(ctx, toPush{BrowserID: b.ID, ExchangeID: j.Key}, b.UserID, j.Key)
			}
		}
		if err != nil {
			return s.again(j, err, 0)
		}
	}
	s.Events.Publish(chat.UserTopic(j.Owner), AnswerEnded{UserID: j.Owner, ExchangeID: j.Key, Answer: told, Sound: wants.Sound})
	return ended(j)
}

// answerFor returns what a person is told of an answer, and false where they are told nothing: they have seen it, may not enter
// any more, or want no such word or none now.
func (s *Service) answerFor(ctx context.Context, userID, exchangeID string) (told Answer, wants chat.Preferences, found bool, err error) {
	u, err := s.User(ctx, userID)
	if err != nil || u.MayEnter(s.Now()) != nil {
		return Answer{}, wants, false, orNothing(err)
	}
	if wants, err = s.Chat.Preferences(ctx, u); err != nil || wants.NoAnswers || wants.Silent(s.Now()) {
		return Answer{}, wants, false, err
	}
	if told, found, err = s.Unseen(ctx, u, exchangeID); wants.HideContent {
		told.Body = ""
	}
	return told, wants, found, err
}

// pushAnswer tells one browser of an answer.
func (s *Service) pushAnswer(ctx context.Context, j queue.Job, p toPush) queue.Job {
	b, live, err := s.browser(ctx, j.Owner, p.BrowserID)
	if err != nil || !live {
		return s.unless(j, err)
	}
	told, wants, found, err := s.answerFor(ctx, j.Owner, p.ExchangeID)
	if err != nil || !found {
		return s.unless(j, err)
	}
	return s.hand(ctx, j, b, Pushed{
		Title: told.Title, Body: told.Body, URL: told.URL, ChannelID: told.PluginID, MessageID: p.ExchangeID, Sound: wants.Sound,
	})
}
