package nats

import (
	"fmt"
	"sync"
	"testing"

	"pegasus/events"
	"pegasus/events/nats/natstest"
)

func TestWhoComesOrGoesWhileASessionBeginsIsKnownAsTheyAre(t *testing.T) {
	var b *Bridge
	broker := events.NewBroker(events.Options{Presence: func(userID string, _ bool) { b.Present(userID) }})
	b = &Bridge{o: Options{Broker: broker}}
	const rounds = 3000
	for i := range rounds {
		comes, goes := fmt.Sprint("comes", i), fmt.Sprint("goes", i)
		leaving := broker.Subscribe(goes, "s")
		b.session.Store(nil)
		s := &session{b: b, out: make(chan outgoing, 8), here: map[string]struct{}{}}
		var coming *events.Subscription
		var work sync.WaitGroup
		work.Go(s.open)
		work.Go(leaving.Close)
		work.Go(func() { coming = broker.Subscribe(comes, "s") })
		work.Wait()
		if _, here := s.here[comes]; !here {
			t.Fatal("who came is not there")
		}
		if _, here := s.here[goes]; here {
			t.Fatal("who went is there for ever")
		}
		coming.Close()
	}
}

func TestASessionThatIsOverNeitherEndsTheStreamsOfTheNextNorTakesSome(t *testing.T) {
	server := natstest.Start(t)
	p := join(t, server.URL)
	over := p.session.Load()
	server.Away()
	eventually(t, "the session is over", func() bool { return over.ctx.Err() != nil && p.session.Load() == nil })
	over.begin()
	over.renew()
	if !p.broker.Away() {
		t.Error("without NATS streams are taken")
	}
	server.Back(t)
	eventually(t, "the server is joined again", p.Joined)
	s := open(t, p, "ada", "s", "a")
	over.fail(errSilent) // of somebody who was on the way to say so
	if p.broker.Away() || s.gone.Load() {
		t.Error("the streams of the next session are ended")
	}
	p.Publish("a", said{1, "a"})
	s.wants(t, 1)
}
