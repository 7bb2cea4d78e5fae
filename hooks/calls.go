package hooks

import (
	"context"
	"encoding/json"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// jobCalled is the kind of the jobs that remember calls of commands for as long as a retry may come. They belong to the
// command.
const jobCalled = "hook-called"

// changeTries is how often a call is noted anew that others change at the same time.
const changeTries = 8

// called is what is kept of a call, so that it is made once and can be answered later.
type called struct {
	Caller  string `json:"caller"`
	Channel string `json:"channel"`
	Thread  string `json:"thread,omitempty"`
	Text    string `json:"text,omitempty"` // a hash of what was written
	Uses    []use  `json:"uses,omitempty"` // of its address for answers

	// What a call with a key was answered at once, with which a retry shows the same. Said is nil until then.
	Said   *string `json:"said,omitempty"`
	Silent bool    `json:"silent,omitempty"`
}

// use is an answer to a call at its address.
type use struct {
	Payload string `json:"payload"` // a hash
	Posted  bool   `json:"posted,omitempty"`
}

func (c called) same(o called) bool {
	return c.Channel == o.Channel && c.Thread == o.Thread && c.Text == o.Text
}

func calledBy(by chat.Call) called {
	return called{Caller: by.Actor.ID, Channel: by.Channel.ID, Thread: by.Draft.ParentID, Text: accounts.HashSecret(by.Text)}
}

// remember keeps a call before it is made. Under one key there is one, which is returned with repeated true.
func (s *Service) remember(ctx context.Context, h Hook, by chat.Call) (j queue.Job, repeated bool, err error) {
	now, key := s.now(), ""
	if by.Draft.Key != "" {
		key = accounts.HashSecret(by.Actor.ID + " " + by.Draft.Key)
	}
	until := now.Add(chat.KeyLife)
	return s.jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobCalled, Owner: h.ID, Key: key, State: queue.Waiting, Due: until, NextTry: until, CreatedAt: now,
		Body: encode(calledBy(by)),
	})
}

// repeated answers a retry with what the first attempt was answered.
func (s *Service) repeated(ctx context.Context, h Hook, by chat.Call, j queue.Job) (chat.Outcome, error) {
	var first called
	if err := json.Unmarshal([]byte(j.Body), &first); err != nil {
		return chat.Outcome{}, err
	}
	switch {
	case !first.same(calledBy(by)):
		return chat.Outcome{}, fault.New(fault.Mismatch, "IDEMPOTENCY_KEY_REUSED", "This idempotency key was used for another message.")
	case first.Said == nil: // the first attempt is under way, or ended before this was noted
		return chat.Outcome{Reply: "/" + h.Command + " was called already."}, nil
	case first.Silent:
		return unanswered(h), nil
	}
	return s.answered(ctx, h, by, j.ID, *first.Said)
}

// change changes what is kept of a call, also where somebody else does so at the same time.
func (s *Service) change(ctx context.Context, h Hook, j queue.Job, to func(*called) error) error {
	for try := 1; ; try++ {
		var c called
		if err := json.Unmarshal([]byte(j.Body), &c); err != nil {
			return err
		}
		if err := to(&c); err != nil {
			return err
		}
		j.Body = encode(c)
		err := s.jobs.SaveJob(ctx, j)
		if err == nil || !fault.Is(err, fault.Conflict) || try == changeTries {
			return err
		}
		if j, err = s.jobs.Job(ctx, h.ID, j.ID); err != nil {
			return err
		}
	}
}
