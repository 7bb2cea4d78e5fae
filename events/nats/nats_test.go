package nats

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/events"
	"pegasus/events/nats/natstest"
)

// The payloads of these tests.
type (
	said struct {
		Number int
		By     string
	}
	nameless struct{ Number int }
)

// place is a server of a workspace: a broker, its bridge, and what the bridge told it.
type place struct {
	*Bridge
	broker *events.Broker
	stop   func()

	mu                    sync.Mutex
	heard, left, received []string
	untold                []string
	log                   strings.Builder
}

func (p *place) note(to *[]string, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*to = append(*to, text)
}

func (p *place) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *place) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

func (p *place) noted(of *[]string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprint(*of)
}

// join starts a server, and waits until it is joined.
func join(t testing.TB, url string, change ...func(*Options)) *place {
	t.Helper()
	p := start(t, url, change...)
	eventually(t, "the server is joined", p.Joined)
	return p
}

func start(t testing.TB, url string, change ...func(*Options)) *place {
	t.Helper()
	p := &place{}
	p.broker = events.NewBroker(events.Options{Presence: func(userID string, _ bool) {
		if p.Bridge != nil {
			p.Present(userID)
		}
	}})
	o := Options{
		URL: url, Key: []byte("a key of 32 bytes, more or less."), Workspace: "test", Broker: p.broker, Beat: 200 * time.Millisecond,
		Payloads: []Payload{Of[said]("said")},
		Received: func(payload any) { p.note(&p.received, fmt.Sprint(payload)) },
		Heard:    func(name, text string) { p.note(&p.heard, name+" "+text) },
		Left:     func(userID string) { p.note(&p.left, userID) },
		Untold:   func(userID string) { p.note(&p.untold, userID) },
		Renewed:  func() {},
		Log:      slog.New(slog.NewTextHandler(p, nil)),
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	if p.Bridge, err = New(o); err != nil {
		t.Fatal(err)
	}
	if err := p.Connect(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { p.Run(ctx) })
	p.stop = func() {
		stop()
		work.Wait()
	}
	t.Cleanup(p.stop)
	return p
}

// together starts servers that know each other.
func together(t testing.TB, n int) (*natstest.Server, []*place) {
	t.Helper()
	server := natstest.Start(t)
	places := make([]*place, n)
	for i := range places {
		places[i] = join(t, server.URL)
	}
	know(t, places...)
	return server, places
}

func know(t testing.TB, places ...*place) {
	t.Helper()
	for _, p := range places {
		eventually(t, "each server knows all", func() bool { return p.Status().Servers == len(places) })
	}
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 20 seconds: %s", what)
		}
	}
}

// stream is an open stream, read by a goroutine as the doors do.
type stream struct {
	*events.Subscription
	mu    sync.Mutex
	took  []any
	ended error
	gone  atomic.Bool
}

func open(t testing.TB, p *place, userID, sessionID string, topics ...string) *stream {
	t.Helper()
	s := &stream{Subscription: p.broker.Subscribe(userID, sessionID)}
	if _, err := s.Start(t.Context(), "", func(context.Context) ([]string, error) { return topics, nil }); err != nil {
		t.Fatal(err)
	}
	go func() {
		for range s.Ready() {
			for {
				e, err := s.Take()
				s.mu.Lock()
				if e != nil {
					s.took = append(s.took, e.Payload)
				}
				s.ended = err
				s.mu.Unlock()
				if err != nil {
					s.gone.Store(true)
					s.Close()
					return
				}
				if e == nil {
					break
				}
			}
		}
	}()
	return s
}

func (s *stream) has() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.took)
}

func (s *stream) wants(t testing.TB, n int) []any {
	t.Helper()
	eventually(t, fmt.Sprintf("the stream took %d events", n), func() bool { return len(s.has()) >= n })
	if took := s.has(); len(took) > n {
		t.Fatalf("it took %v", took)
	}
	return s.has()
}

func TestAnEventReachesTheStreamsOfEveryServerInTheOrderOfItsServer(t *testing.T) {
	_, places := together(t, 3)
	streams := make([]*stream, len(places))
	for i, p := range places {
		streams[i] = open(t, p, fmt.Sprint("user", i), "s", "a")
	}
	const each = 80 // of three servers, less than a stream may leave waiting
	var work sync.WaitGroup
	for i, p := range places {
		work.Go(func() {
			for n := range each {
				p.Publish("a", said{n, fmt.Sprint(i)})
				p.Publish("secret", said{n, "nobody"})
			}
		})
	}
	work.Wait()
	for _, s := range streams {
		next := map[string]int{}
		for _, e := range s.wants(t, each*len(places)) {
			one := e.(said)
			if one.Number != next[one.By] {
				t.Fatalf("%v came where %d was due", one, next[one.By])
			}
			next[one.By]++
		}
	}
	if places[0].noted(&places[0].received) == "[]" {
		t.Error("nobody was told before the streams")
	}
}

func TestEventsOfManyPublishersHaveOneOrderOnAllServersForEachServer(t *testing.T) {
	_, places := together(t, 2)
	here, there := open(t, places[0], "ada", "s", "a"), open(t, places[1], "ben", "s", "a")
	var work sync.WaitGroup
	for by := range 4 {
		work.Go(func() {
			for n := range 50 {
				places[0].Publish("a", said{n, fmt.Sprint(by)})
			}
		})
	}
	work.Wait()
	if a, b := here.wants(t, 200), there.wants(t, 200); !slices.Equal(a, b) {
		t.Error("the order is another one elsewhere")
	}
}

func TestWhatEndsARightHasEndedItEverywhereWhenItReturns(t *testing.T) {
	_, places := together(t, 3)
	a, b := places[0], places[1]
	for round := range 20 {
		s := open(t, b, "ada", "s", "a")
		a.Revoke("ada", "a")
		b.broker.Publish("a", said{round, "b"})
		a.Grant("ada", "a")
		b.broker.Publish("a", said{round, "after"})
		if took := s.wants(t, 1); took[0] != (said{round, "after"}) {
			t.Fatalf("it took %v", took)
		}
		other := open(t, b, "ada", "other", "a")
		a.EndSession(t.Context(), "ada", "s")
		if !s.gone.Load() || other.gone.Load() {
			t.Fatal("not the streams of that device alone have ended")
		}
		third := open(t, places[2], "ada", "third", "a")
		a.EndUser(t.Context(), "ada", "other")
		if !third.gone.Load() || other.gone.Load() {
			t.Fatal("the excepted device is not all that is left")
		}
		a.EndUser(t.Context(), "ada", "")
		if !other.gone.Load() {
			t.Fatal("a stream is left")
		}
	}
	if n := len(a.session.Load().asked); n != 0 {
		t.Errorf("%d questions are left", n)
	}
}

func TestPresenceIsThatOfAllServers(t *testing.T) {
	server, places := together(t, 2)
	a, b := places[0], places[1]
	s := open(t, a, "ada", "s", "a")
	eventually(t, "ada is seen from the other server", func() bool { return b.Connected("ada") })
	late := join(t, server.URL)
	if !late.Connected("ada") {
		t.Error("a server that comes later does not know who is there")
	}
	if b.Connected("ben") {
		t.Error("somebody is there who is not")
	}
	second := open(t, b, "ada", "s", "a")
	a.EndSession(t.Context(), "ada", "none")
	second.end(t)
	s.end(t)
	eventually(t, "ada is gone", func() bool { return !a.Connected("ada") && !b.Connected("ada") && !late.Connected("ada") })
	eventually(t, "the others were told", func() bool { return b.noted(&b.left) == "[ada]" })
}

// end closes a stream from outside, as a client that goes.
func (s *stream) end(t testing.TB) {
	t.Helper()
	s.Subscription.Close()
}

func TestATextIsToldToAllOthersAfterWhatWasPublishedBefore(t *testing.T) {
	_, places := together(t, 3)
	places[0].Publish("a", said{1, "x"})
	places[0].Tell("setting", "brand")
	for _, p := range places[1:] {
		eventually(t, "it is heard", func() bool { return p.noted(&p.heard) == "[setting brand]" })
		if p.noted(&p.received) != "[{1 x}]" {
			t.Error("it came before what was published before it")
		}
	}
	if places[0].noted(&places[0].heard) != "[]" {
		t.Error("who told it heard it")
	}
}

func TestWithoutNATSAServerTakesNoStreamsAndBeginsAnewWhenItIsBack(t *testing.T) {
	server, places := together(t, 2)
	a, b := places[0], places[1]
	s, cursor := open(t, a, "ada", "s", "a"), a.broker.Cursor()
	server.Away()
	eventually(t, "the streams have ended", func() bool { return s.gone.Load() && !a.Joined() && !b.Joined() })
	if !a.broker.Away() || a.Status().Servers != 0 {
		t.Fatal("it takes streams")
	}
	a.Publish("a", said{1, "alone"}) // must neither block nor fail
	a.Grant("ada", "a")
	a.Revoke("ada", "a")
	a.EndUser(t.Context(), "ben", "")
	if got := a.noted(&a.untold); got != "[ada ben]" {
		t.Errorf("untold is %s", got)
	}
	server.Back(t)
	know(t, a, b)
	if resumed, err := a.broker.Subscribe("ada", "s").Start(t.Context(), cursor, func(context.Context) ([]string, error) { return nil, nil }); resumed || err != nil {
		t.Fatalf("a stream resumed over the time without the others: %v", err)
	}
	s = open(t, b, "ada", "s", "a")
	a.Publish("a", said{2, "a"})
	s.wants(t, 1)
}

func TestAServerStartsBeforeNATS(t *testing.T) {
	server := natstest.Start(t)
	server.Away()
	p := start(t, server.URL)
	if p.Joined() || !p.broker.Away() {
		t.Fatal("it is joined to nobody")
	}
	server.Back(t)
	eventually(t, "it is joined", p.Joined)
}

func TestAServerThatNATSDoesNotLetInSaysSoAndTriesOn(t *testing.T) {
	server := natstest.StartGuarded(t, "hunter22")
	at := func(token string) string { return strings.Replace(server.URL, "nats://", "nats://"+token+"@", 1) }
	join(t, at("hunter22"))
	p := start(t, at("wrong"))
	eventually(t, "it says why", func() bool { return strings.Contains(p.logged(), "Authorization Violation") })
	if log := p.logged(); p.Joined() || strings.Contains(log, "wrong") {
		t.Errorf("the log has %s", log)
	}
}

func TestAServerThatStopsIsWaitedForByNobody(t *testing.T) {
	_, places := together(t, 2)
	a, b := places[0], places[1]
	open(t, b, "ada", "s", "a")
	eventually(t, "ada is seen", func() bool { return a.Connected("ada") })
	s, renewals := open(t, a, "ben", "s", "a"), a.Status().Renewals
	b.Publish("a", said{1, "last words"})
	b.stop()
	eventually(t, "it is forgotten", func() bool { return a.Status().Servers == 1 })
	if a.Connected("ada") || a.noted(&a.left) != "[ada]" {
		t.Error("its people are still there")
	}
	a.Revoke("ben", "a")
	a.waitedInVain(t)
	s.wants(t, 1)
	if a.Status().Renewals != renewals {
		t.Error("a server that took its leave made another begin anew")
	}
}

func TestAServerThatDiesIsForgottenAndItsLastWordsAreNotTakenForAll(t *testing.T) {
	server := natstest.Start(t)
	// A machine with other work to do does not let a whole beat slip, by which a server is forgotten before a call gives it up.
	slow := func(o *Options) { o.Beat = 500 * time.Millisecond }
	a, b := join(t, server.URL, slow), join(t, server.URL, slow)
	know(t, a, b)
	open(t, b, "ada", "s", "a")
	eventually(t, "ada is seen", func() bool { return a.Connected("ada") })
	s := open(t, a, "ben", "s", "a")
	b.kill()
	a.Revoke("ben", "nothing")
	a.waitedInVain(t)
	eventually(t, "it is forgotten", func() bool { return a.Status().Servers == 1 && !a.Connected("ada") })
	eventually(t, "the streams begin anew", s.gone.Load)
	if a.noted(&a.left) != "[ada]" {
		t.Error("nobody was told that its people are gone")
	}
}

// waitedInVain fails where a call has waited for a server until it gave up, or one is waited for still.
func (p *place) waitedInVain(t *testing.T) {
	t.Helper()
	if log := p.logged(); strings.Contains(log, "not every server has said in time") {
		t.Errorf("the log has %s", log)
	}
	s := p.session.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) > 0 {
		t.Errorf("%d questions wait for somebody", len(s.asked))
	}
}

// kill ends a server as a crash does: without a word, and for ever.
func (p *place) kill() {
	p.conn.Opts.AllowReconnect = false
	p.conn.Close()
}

func TestAGapMeansThatEveryStreamReadsTheTruth(t *testing.T) {
	_, places := together(t, 2)
	a, b := places[0], places[1]
	open(t, a, "cem", "s", "a")
	eventually(t, "cem is seen", func() bool { return b.Connected("cem") })
	s := open(t, b, "ada", "s", "a")
	one := a.session.Load()
	one.mu.Lock()
	one.n++ // a frame that never comes
	one.mu.Unlock()
	a.Revoke("ada", "a") // returns, though one before it is missing
	if !s.gone.Load() {
		eventually(t, "the stream ends", s.gone.Load)
	}
	if b.Status().Renewals != 1 || !b.Connected("cem") {
		t.Errorf("it began anew %d times", b.Status().Renewals)
	}
	s = open(t, b, "ada", "s", "a")
	a.Publish("a", said{1, "a"})
	s.wants(t, 1)
}

func TestAServerThatDoesNotKeepUpBeginsAnewInsteadOfMissingSomething(t *testing.T) {
	_, places := together(t, 2)
	a, b := places[0], places[1]
	s := open(t, b, "ada", "s", "a")
	joins := b.Status().Joins
	block := make(chan struct{})
	release := sync.OnceFunc(func() { close(block) })
	t.Cleanup(release)
	b.o.Received = func(any) { <-block }
	a.Publish("b", said{1, "what takes long"})
	began := time.Now()
	a.Revoke("ada", "a")
	if !s.gone.Load() {
		t.Errorf("the call returned after %s, and a stream has a right that was taken away", time.Since(began))
	}
	release()
	eventually(t, "it is joined again", func() bool { return b.Status().Joins > joins && b.Joined() })
}

func TestAServerThatIsToldMoreThanItCanHoldBeginsAnew(t *testing.T) {
	_, places := together(t, 2)
	a, b := places[0], places[1]
	s := open(t, b, "ada", "s", "a")
	block := make(chan struct{})
	release := sync.OnceFunc(func() { close(block) })
	t.Cleanup(release)
	b.o.Received = func(any) { <-block }
	data, err := a.box.seal(b.box.all(), frame{From: "a", Kind: isBeat})
	if err != nil {
		t.Fatal(err)
	}
	a.Publish("b", said{1, "what takes long"})
	for range maxIncoming + 10 {
		if err := a.conn.Publish(b.box.all(), data); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the stream ends", s.gone.Load)
}

func TestAPayloadWithoutANameIsToldLoudlyAndMadeGoodByTheTruth(t *testing.T) {
	_, places := together(t, 2)
	a, b := places[0], places[1]
	s, here := open(t, b, "ada", "s", "a"), open(t, a, "ben", "s", "a")
	a.Publish("a", nameless{1})
	eventually(t, "the stream elsewhere reads the truth", s.gone.Load)
	here.wants(t, 1)
	if log := a.logged(); !strings.Contains(log, "nats.nameless have no name") {
		t.Errorf("the log has %q", log)
	}
}

func TestAPayloadThatIsTooLargeForNATSIsMadeGoodByTheTruth(t *testing.T) {
	_, places := together(t, 2)
	s := open(t, places[1], "ada", "s", "a")
	places[0].Publish("a", said{1, strings.Repeat("x", 2<<20)})
	eventually(t, "the stream elsewhere reads the truth", s.gone.Load)
	eventually(t, "the servers are joined", func() bool { return places[0].Joined() && places[1].Joined() })
}

func TestServersOfOtherWorkspacesHearNothing(t *testing.T) {
	server := natstest.Start(t)
	a := join(t, server.URL)
	for name, change := range map[string]func(*Options){
		"another database": func(o *Options) { o.Workspace = "other" },
		"another secret":   func(o *Options) { o.Key = []byte("another key of 32 bytes or more.") },
	} {
		t.Run(name, func(t *testing.T) {
			b := join(t, server.URL, change)
			a.Tell("setting", "brand")
			a.Revoke("ada", "a")
			if b.Status().Servers != 1 || b.Status().In != 0 {
				t.Errorf("it heard something: %+v", b.Status())
			}
		})
	}
}

func TestWhatSomebodyElseSendsIsNotTaken(t *testing.T) {
	_, places := together(t, 2)
	a, b := places[0], places[1]
	s := open(t, b, "ada", "s", "a")
	other, err := newBox([]byte("another key of 32 bytes or more."), "test")
	if err != nil {
		t.Fatal(err)
	}
	forged, err := other.seal(b.box.all(), frame{From: "evil", Kind: isUser, N: 1, User: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := a.box.seal(a.box.one("somebody"), frame{From: "evil", Kind: isUser, N: 1, User: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{nil, []byte("x"), forged, moved} {
		if err := a.conn.Publish(b.box.all(), data); err != nil {
			t.Fatal(err)
		}
	}
	a.Publish("a", said{1, "a"})
	s.wants(t, 1)
	if b.Status().Servers != 2 {
		t.Error("a stranger is taken for a server")
	}
}

func TestAPayloadIsNamedOnce(t *testing.T) {
	for name, all := range map[string][]Payload{
		"two types":       {Of[said]("x"), Of[nameless]("x")},
		"a type of twice": {Of[said]("x"), Of[said]("y")},
	} {
		if _, err := known(all); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestABadAddressIsRefusedAtOnce(t *testing.T) {
	b, err := New(Options{URL: "nats://:-1", Broker: events.NewBroker(events.Options{}), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if b.Connect() == nil {
		t.Error("it was taken")
	}
}
