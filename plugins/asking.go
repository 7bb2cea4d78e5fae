package plugins

import (
	"context"
	"errors"
	"slices"
	"time"

	"pegasus/accounts"
	"pegasus/excerpt"
	"pegasus/fault"
	"pegasus/id"
)

const (
	// maxAnswer is how long an answer may take, with all its rounds.
	maxAnswer = 10 * time.Minute
	// maxAnswers is how many answers one process gives at once.
	maxAnswers = 32
	// maxHistory is how many exchanges of before a model is told of, and maxTurn how much of each, in characters.
	maxHistory = 10
	maxTurn    = 4000
	// stopWait is how long Stop waits for the answer to end.
	stopWait = 2 * time.Second
	// stopLook is how often it looks for the end of one that another server gives.
	stopLook = 50 * time.Millisecond
	// saveExchangeTries is how often the end of an answer is stored where the database does not answer, and savePause lies
	// between.
	saveExchangeTries = 4
	savePause         = 500 * time.Millisecond
)

// Why an answer ends before it is whole.
var (
	errStopped  = errors.New("stopped by the person who asked")
	errClosing  = fault.New(fault.Unavailable, "SERVER_STOPPED", "The server was stopped while it answered. Please ask again.")
	errDied     = fault.New(fault.Unavailable, "SERVER_DIED", "The server went away while it answered. Please ask again.")
	errTooLong  = fault.New(fault.Unavailable, "ANSWER_TOO_SLOW", "The answer took longer than 10 minutes. Please ask for less at once.")
	errBusy     = &fault.Error{Kind: fault.Limited, Code: "MODEL_BUSY", Message: "Many answers are under way. Please try again in a moment.", RetryAfter: 5 * time.Second}
	errOvertook = fault.New(fault.Conflict, "FILES_CHANGED", "The files that this answer changes were changed meanwhile, so it was not applied. Please ask again.")
)

// Ask begins an answer to what the actor wants of a plugin of theirs, in a conversation of theirs or, with "", in a new one.
// The answer goes on when the caller is gone, until it is whole or stopped; Follow tells it as it comes. One at a time is
// under way for a plugin, another is ErrAsking.
func (s *Service) Ask(ctx context.Context, actor accounts.User, pluginID, conversationID, text string) (Exchange, error) {
	e, _, err := s.ask(ctx, actor, pluginID, conversationID, text, false)
	return e, err
}

// ask is Ask for who follows the answer from its first event on: by the time that Follow looks for it, it may be over.
// With inChannel it is that one who tells the asker how it ends.
func (s *Service) ask(ctx context.Context, actor accounts.User, pluginID, conversationID, text string, inChannel bool) (Exchange, *answer, error) {
	text, err := cleanAsk(text)
	if err != nil {
		return Exchange{}, nil, err
	}
	p, err := s.own(ctx, actor, pluginID)
	if err != nil {
		return Exchange{}, nil, err
	}
	now := s.now()
	if p.Asking != "" && now.Before(p.AskingUntil) {
		return Exchange{}, nil, ErrAsking
	}
	if err := s.checkBudget(ctx, actor.ID, actor.Role); err != nil {
		return Exchange{}, nil, err
	}
	a, release, err := s.admit()
	if err != nil {
		return Exchange{}, nil, err
	}
	c, err := s.talk(ctx, actor, p, conversationID, text)
	if err != nil {
		release()
		return Exchange{}, nil, err
	}
	e := Exchange{
		ID: id.New(now), ConversationID: c.ID, PluginID: p.ID, UserID: actor.ID, Ask: text, State: Answering, Base: p.Head,
		Model: s.generator.Model(), CreatedAt: now,
	}
	if err := s.store.BeginExchange(ctx, e, now.Add(maxAnswer)); err != nil {
		release()
		return Exchange{}, nil, err
	}
	a.inChannel = inChannel
	s.begin(ctx, a, actor, p, e)
	s.tell(ctx, p.ID)
	return e, a, nil
}

// admit makes room for one more answer; release gives it back where the answer does not begin.
func (s *Service) admit() (a *answer, release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, errClosing
	}
	if s.underWay >= maxAnswers {
		return nil, nil, errBusy
	}
	s.underWay++
	s.working.Add(1)
	return newAnswer(), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.underWay--
		s.working.Done()
	}, nil
}

// begin gives the answer a life of its own.
func (s *Service) begin(ctx context.Context, a *answer, actor accounts.User, p Plugin, e Exchange) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	ctx, stop := context.WithTimeoutCause(ctx, maxAnswer-10*time.Second, errTooLong)
	a.cancel = cancel
	if s.elsewhere != nil {
		a.tell = func(step Event) { s.elsewhere.Tell(e.ID, step) }
		a.tell(Event{}) // it begins
	}
	s.mu.Lock()
	s.answers[e.ID] = a
	closed := s.closed
	s.mu.Unlock()
	if closed {
		cancel(errClosing)
	}
	go func() {
		defer stop()
		defer cancel(nil)
		s.answer(ctx, a, actor, p, e)
	}()
}

// answer works through the rounds and stores what came of them.
func (s *Service) answer(ctx context.Context, a *answer, actor accounts.User, p Plugin, e Exchange) {
	w := &work{Service: s, a: a, plugin: p, e: e, asker: askerOf(actor)}
	err := w.rounds(ctx)
	lasting := context.WithoutCancel(ctx)
	if context.Cause(ctx) == errStopped { // also where the last round did not look
		err = errStopped
	} else {
		if keepErr := w.keep(lasting); err == nil {
			err = keepErr
		}
	}
	w.end(ctx, err)
	s.finish(lasting, w.e)
	s.mu.Lock()
	delete(s.answers, e.ID)
	s.underWay--
	s.mu.Unlock()
	if w.e.State != Stopped && !a.inChannel {
		s.ended(lasting, w.e)
	}
	a.add(Event{Kind: DoneEvent, Exchange: &w.e})
	s.tell(lasting, p.ID)
	s.working.Done()
}

// finish stores the end of an answer. What was made of it is stored by then; where this fails, the answer counts as broken.
func (s *Service) finish(ctx context.Context, e Exchange) {
	for try := 1; ; try++ {
		err := s.store.SaveExchange(ctx, e)
		if err == nil || fault.Is(err, fault.NotFound) {
			return
		}
		if try == saveExchangeTries || !fault.Is(err, fault.Unavailable) {
			s.failed(ctx, "store an answer", err)
			return
		}
		time.Sleep(savePause)
	}
}

func askerOf(u accounts.User) Asker {
	return Asker{ID: u.ID, Email: u.Email, Name: u.Shown(), Role: string(u.Role)}
}

// answering returns an answer that is under way in this process, or nil.
func (s *Service) answering(exchangeID string) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers[exchangeID]
}

// Stop ends an answer of the actor's, and with it the call of the model. What it said stays, what it would have changed does
// not come. It returns the exchange as it is then; one that is over stays as it is.
func (s *Service) Stop(ctx context.Context, actor accounts.User, exchangeID string) (Exchange, error) {
	e, err := s.Exchange(ctx, actor, exchangeID)
	if err != nil || e.State != Answering {
		return e, err
	}
	if a := s.answering(exchangeID); a != nil {
		a.cancel(errStopped)
		wait, cancel := context.WithTimeout(ctx, stopWait)
		defer cancel()
		select {
		case <-a.over:
		case <-wait.Done():
		}
		return s.Exchange(ctx, actor, exchangeID)
	}
	if e, err = s.stopElsewhereAndWait(ctx, actor, e); err != nil || e.State != Answering {
		return e, err
	}
	e.State, e.DoneAt = Stopped, s.now()
	if err := s.store.SaveExchange(ctx, e); err != nil {
		return Exchange{}, err
	}
	s.tell(ctx, e.PluginID)
	return e, nil
}

// Close ends the answers under way, lets nobody ask any more, and returns when all is stored or ctx ends.
func (s *Service) Close(ctx context.Context) {
	s.mu.Lock()
	s.closed = true
	for _, a := range s.answers {
		a.cancel(errClosing)
	}
	s.mu.Unlock()
	over := make(chan struct{})
	go func() {
		s.working.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// stopElsewhereAndWait has another server stop an answer, and returns it as it is when that is done or takes too long.
func (s *Service) stopElsewhereAndWait(ctx context.Context, actor accounts.User, e Exchange) (Exchange, error) {
	if s.elsewhere == nil {
		return e, nil
	}
	s.elsewhere.Stop(e.ID)
	for end := time.Now().Add(stopWait); e.State == Answering && time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return e, ctx.Err()
		case <-time.After(stopLook):
		}
		var err error
		if e, err = s.Exchange(ctx, actor, e.ID); err != nil {
			return e, err
		}
	}
	return e, nil
}

// cancelAnswer ends an answer wherever it is given.
func (s *Service) cancelAnswer(exchangeID string) {
	if exchangeID == "" {
		return
	}
	s.StopHere(exchangeID)
	if s.elsewhere != nil {
		s.elsewhere.Stop(exchangeID)
	}
}

// StopHere ends an answer in this process, if there is one.
func (s *Service) StopHere(exchangeID string) {
	if a := s.answering(exchangeID); a != nil {
		a.cancel(errStopped)
	}
}

// turns returns what was said before in a conversation, the oldest first.
func (s *Service) turns(ctx context.Context, conversationID, before string) ([]Turn, error) {
	found, err := s.store.Exchanges(ctx, conversationID, before, maxHistory)
	if err != nil {
		return nil, err
	}
	var said []Turn
	for _, e := range slices.Backward(found) {
		if e.Answer != "" {
			said = append(said, Turn{Ask: excerpt.Of(e.Ask, maxTurn), Answer: excerpt.Of(e.Answer, maxTurn)})
		}
	}
	return said, nil
}
