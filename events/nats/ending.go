package nats

import (
	"context"
	"time"
)

// Grant lets every open stream of a person receive a topic, and returns once all servers have it so.
func (b *Bridge) Grant(userID, topic string) {
	asked := b.ask(frame{Kind: isGrant, User: userID, Topic: topic})
	b.o.Broker.Grant(userID, topic)
	asked(context.Background())
}

// Revoke takes a topic away: once it has returned no stream of the person takes another event of it on any server.
func (b *Bridge) Revoke(userID, topic string) {
	asked := b.ask(frame{Kind: isRevoke, User: userID, Topic: topic})
	b.o.Broker.Revoke(userID, topic)
	asked(context.Background())
}

// EndSession ends the streams of one signed-in device and returns when they are gone everywhere.
func (b *Bridge) EndSession(ctx context.Context, userID, sessionID string) {
	asked := b.ask(frame{Kind: isSession, User: userID, Session: sessionID})
	b.o.Broker.EndSession(ctx, userID, sessionID)
	asked(ctx)
}

// EndUser ends all streams of a person but those of the device excepted, and returns when they are gone everywhere.
func (b *Bridge) EndUser(ctx context.Context, userID, exceptSession string) {
	asked := b.ask(frame{Kind: isUser, User: userID, Session: exceptSession})
	b.o.Broker.EndUser(ctx, userID, exceptSession)
	asked(ctx)
}

// ask tells a change to all servers that are known, and returns what waits until they have made it. A server that was silent is
// forgotten while it waits, by when its own streams have ended.
func (b *Bridge) ask(f frame) (wait func(context.Context)) {
	s := b.current()
	if s == nil {
		b.missed.Store(true)
		return func(context.Context) { b.untold(f) }
	}
	alone := !s.joined.Load() // others hear it, and nobody knows yet whom to wait for
	made, ok := s.ask(f)
	if !ok {
		b.missed.Store(true)
	}
	if alone || !ok {
		return func(context.Context) { b.untold(f) }
	}
	return func(ctx context.Context) {
		late := time.NewTimer(answerBeats * b.o.Beat)
		defer late.Stop()
		select {
		case <-made:
		case <-s.ctx.Done():
			b.untold(f)
		case <-ctx.Done():
		case <-late.C:
			b.o.Log.Warn("not every server has said in time that it ended what was to end", "kind", f.Kind)
		}
		s.forgo(made)
	}
}

func (b *Bridge) untold(f frame) {
	if f.Kind != isGrant {
		b.o.Untold(f.User)
	}
}
