package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// Options are the parts that a Service is made of. Every one must be set.
type Options struct {
	Store    Store
	Jobs     queue.Store
	Chat     *chat.Service
	User     func(ctx context.Context, userID string) (accounts.User, error)
	Sessions func(ctx context.Context, userID string) ([]accounts.Session, error) // those that live
	Mailer   accounts.Mailer
	// Client reaches the servers of browsers' makers. It must not reach what only this machine can.
	Client *http.Client
	Secret []byte // of the application
	URL    string // where people reach the server, without a slash at its end
	// Link returns the path of the page that shows a message.
	Link func(channelID, messageID string) string
	// Unseen returns what who asked for an answer of the workbench is told of it, and false where they have seen it.
	Unseen func(ctx context.Context, asker accounts.User, exchangeID string) (Answer, bool, error)
	Events chat.Publisher
	Now    func() time.Time
	Failed func(doing string, err error)
}

// Service tells people who are away. It is safe for concurrent use.
type Service struct {
	Options
	keys keys
}

// NewService returns a Service.
func NewService(o Options) (*Service, error) {
	k, err := newKeys(o.Secret)
	if err != nil {
		return nil, err
	}
	return &Service{Options: o, keys: k}, nil
}

// The kinds of jobs that the queue keeps for who is away.
const (
	jobTell = "notify" // one a message: finds out who is away, and how they are told
	jobPush = "push"   // one a message or answer, and browser

	jobAnswer = "answer" // one an answer of the workbench that has ended
)

const (
	lease    = 30 * time.Second // far longer than a push takes
	parallel = 8
)

// Tasks returns what is done at a time. failed is told of what the store refuses.
func (s *Service) Tasks(failed func(error)) []queue.Work {
	work := queue.Work{Store: s.Jobs, Now: s.Now, Lease: lease, Parallel: parallel, Failed: failed}
	tell, push, letters, answers := work, work, work, work
	letters.Kind, letters.Do = jobMail, s.mail
	tell.Kind, tell.Do = jobTell, s.tell
	push.Kind, push.Do = jobPush, s.push
	answers.Kind, answers.Do = jobAnswer, s.tellAnswer
	return []queue.Work{tell, push, letters, answers}
}

// told is what is kept of a message until those who are away are told. What it says is not: they are told what stands there
// then, and nothing where it was deleted.
type told struct {
	ChannelID string `json:"channel_id"`
	MessageID string `json:"message_id"`
	People    []who  `json:"people"`
	Pushed    bool   `json:"pushed,omitempty"` // all that is left is to mail these people
}

type who struct {
	UserID string `json:"user_id"`
	Mail   bool   `json:"mail,omitempty"` // they are mailed as well, if they do not read it
}

// Told keeps, durably, that people are told of a message. What becomes of it is done later.
func (s *Service) Told(ctx context.Context, t chat.Told) {
	body := told{ChannelID: t.Channel.ID, MessageID: t.Message.ID}
	for _, p := range t.People {
		body.People = append(body.People, who{UserID: p.UserID, Mail: mails(p)})
	}
	now := s.Now()
	_, _, err := s.Jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobTell, Owner: t.Message.UserID, State: queue.Waiting, Due: now, NextTry: now, CreatedAt: now, Body: encode(body),
	})
	if err != nil {
		s.Failed("tell those who are away", err)
	}
}

func encode(body any) string {
	text, _ := json.Marshal(body) // the types given always encode
	return string(text)
}

// tell leaves a job for each browser of those who are away, and sees to it that they are mailed.
func (s *Service) tell(ctx context.Context, j queue.Job) queue.Job {
	var t told
	if json.Unmarshal([]byte(j.Body), &t) != nil {
		return ended(j)
	}
	if !t.Pushed {
		if err := s.pushAll(ctx, t); err != nil {
			return s.again(j, err, 0)
		}
	}
	if !s.Mailer.Delivers() {
		return ended(j)
	}
	t.Pushed = true
	var failed error
	t.People = slices.DeleteFunc(t.People, func(p who) bool {
		if !p.Mail {
			return true
		}
		err := s.expectMail(ctx, p.UserID, j.CreatedAt)
		if err != nil {
			failed = err
		}
		return err == nil
	})
	if failed != nil {
		j.Body = encode(t)
		return s.again(j, failed, 0)
	}
	return ended(j)
}

// pushAll leaves a job for each browser of those who are away.
func (s *Service) pushAll(ctx context.Context, t told) error {
	var gone []string
	for _, p := range t.People {
		if !s.Chat.AtIt(p.UserID) {
			gone = append(gone, p.UserID)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	browsers, err := s.Store.Browsers(ctx, gone)
	for _, b := range browsers {
		if err == nil {
			err = s.enqueue(ctx, toPush{BrowserID: b.ID, MessageID: t.MessageID}, b.UserID, t.MessageID)
		}
	}
	return err
}

// ended is a job that is done with.
func ended(j queue.Job) queue.Job { return queue.Job{ID: j.ID, Owner: j.Owner} }

const (
	maxTries = 8
	maxWait  = 30 * time.Minute // between two tries
	maxAge   = 2 * time.Hour    // what could not be told by then is not told
)

// again is a job that failed: it waits for another try, at least so long, until that is pointless.
func (s *Service) again(j queue.Job, err error, wait time.Duration) queue.Job {
	now := s.Now()
	wait = max(min(wait, maxAge), min(maxWait, 5*time.Second<<min(j.Tries, 10)))
	if j.Tries >= maxTries || now.Add(wait).After(j.CreatedAt.Add(maxAge)) {
		s.Failed("tell somebody who is away", err)
		return ended(j)
	}
	j.State, j.NextTry = queue.Waiting, now.Add(wait)
	return j
}

// missed is a message that a person has not seen yet.
type missed struct {
	user    accounts.User
	author  accounts.User
	channel chat.Channel
	message chat.Message
}

// unseen returns a message for a person who may see it and has not read it yet, and false where there is nothing to tell.
func (s *Service) unseen(ctx context.Context, userID, messageID string) (m missed, found bool, err error) {
	u, err := s.User(ctx, userID)
	if err != nil || u.MayEnter(s.Now()) != nil {
		return missed{}, false, orNothing(err)
	}
	m.user = u
	if m.message, err = s.Chat.Message(ctx, m.user, messageID); err != nil {
		return missed{}, false, orNothing(err)
	}
	channel, place, err := s.Chat.Channel(ctx, m.user, m.message.ChannelID)
	if err != nil {
		return missed{}, false, orNothing(err)
	}
	m.channel = channel
	if read, err := s.Chat.HasRead(ctx, m.message, place); err != nil || read {
		return missed{}, false, err
	}
	m.author, err = s.User(ctx, m.message.UserID)
	return m, err == nil, orNothing(err)
}

// orNothing leaves of an error what another try may mend.
func orNothing(err error) error {
	if f := fault.From(err); f != nil && (f.Kind == fault.NotFound || f.Kind == fault.Forbidden) {
		return nil
	}
	return err
}

// secure reports whether browsers let a server at this address push: they do over HTTPS, and from the same machine.
func (s *Service) secure() bool { return strings.HasPrefix(s.URL, "https://") }
