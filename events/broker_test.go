package events

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func topics(names ...string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) { return names, nil }
}

// open starts a stream of a person with these topics, which the test closes at its end.
func open(t testing.TB, b *Broker, userID, sessionID, after string, names ...string) *Subscription {
	t.Helper()
	s, resumed := start(t, b, userID, sessionID, after, names...)
	if !resumed {
		t.Fatalf("the stream of %s did not resume after %q", userID, after)
	}
	t.Cleanup(s.Close)
	return s
}

func start(t testing.TB, b *Broker, userID, sessionID, after string, names ...string) (*Subscription, bool) {
	t.Helper()
	s := b.Subscribe(userID, sessionID)
	resumed, err := s.Start(t.Context(), after, topics(names...))
	if err != nil {
		t.Fatal(err)
	}
	return s, resumed
}

// taken returns the payloads that wait.
func taken(t testing.TB, s *Subscription) (payloads []any) {
	t.Helper()
	for {
		e, err := s.Take()
		if err != nil {
			t.Fatalf("the stream has ended: %v", err)
		}
		if e == nil {
			return payloads
		}
		payloads = append(payloads, e.Payload)
	}
}

func wants(t testing.TB, s *Subscription, want ...any) {
	t.Helper()
	if got := taken(t, s); !slices.Equal(got, want) {
		t.Fatalf("took %v, want %v", got, want)
	}
}

func endedWith(t testing.TB, s *Subscription, want error) {
	t.Helper()
	if e, err := s.Take(); e != nil || !errors.Is(err, want) {
		t.Fatalf("took %v, %v; want the end %v", e, err, want)
	}
}

func isReady(s *Subscription) bool {
	select {
	case <-s.Ready():
		return true
	default:
		return false
	}
}

func TestAStreamGetsTheEventsOfItsTopicsInTheOrderInWhichTheyWerePublished(t *testing.T) {
	b := NewBroker(Options{})
	s := open(t, b, "ada", "s1", "", "a", "b")
	b.Publish("a", 1)
	b.Publish("secret", 2)
	b.Publish("b", 3)
	b.Publish("a", 4)
	wants(t, s, 1, 3, 4)
	wants(t, s)
}

func TestAStreamHoldsNothingBeforeItHasStarted(t *testing.T) {
	b := NewBroker(Options{})
	s := b.Subscribe("ada", "s1")
	defer s.Close()
	b.Publish("a", 1)
	wants(t, s)
}

func TestAStreamIsToldThatSomethingWaits(t *testing.T) {
	b := NewBroker(Options{})
	s := open(t, b, "ada", "s1", "", "a")
	if isReady(s) {
		t.Fatal("ready with nothing to take")
	}
	b.Publish("a", 1)
	b.Publish("a", 2)
	if !isReady(s) {
		t.Fatal("not ready")
	}
	wants(t, s, 1, 2)
}

func TestAResumedStreamIsReadyForWhatItMissed(t *testing.T) {
	b := NewBroker(Options{})
	cursor := b.Cursor()
	b.Publish("a", 1)
	s := open(t, b, "ada", "s1", cursor, "a")
	if !isReady(s) {
		t.Fatal("not ready")
	}
	wants(t, s, 1)
}

func TestAStreamResumesAfterAnIdWithoutLossOrRepeats(t *testing.T) {
	b := NewBroker(Options{})
	var ids []string
	for i := range 10 {
		b.Publish("a", i)
		b.Publish("other", i)
		ids = append(ids, b.Cursor())
	}
	for i, id := range ids {
		s := open(t, b, "ada", "s1", id, "a")
		var want []any
		for j := i + 1; j < 10; j++ {
			want = append(want, j)
		}
		wants(t, s, want...)
	}
}

func TestAStreamResumesOnlyIntoWhatItMayReceiveNow(t *testing.T) {
	b := NewBroker(Options{})
	cursor := b.Cursor()
	b.Publish("private", "secret")
	b.Publish("public", "hello")
	wants(t, open(t, b, "ex-member", "s1", cursor, "public"), "hello")
}

func TestAnIdThatCannotBeResumedAfterMeansReset(t *testing.T) {
	b := NewBroker(Options{})
	other := NewBroker(Options{})
	for range 5 {
		b.Publish("a", "before")
		other.Publish("a", "before")
	}
	epoch, _, _ := strings.Cut(b.Cursor(), "-")
	vectors := map[string]string{
		"another server's": other.Cursor(), "the future": epoch + "-1000", "no number": epoch + "-", "no epoch": "-3",
		"no dash": epoch, "text": "hello", "negative": epoch + "--1", "signed": epoch + "-+1", "spaces": epoch + "- 1",
		"2^63": epoch + "-9223372036854775808", "2^64": epoch + "-18446744073709551616", "hex": epoch + "-0x1",
		"zero alone": "0", "minus one": "-1", "upper case": strings.ToUpper(epoch) + "-1", "line break": epoch + "-1\r\n",
		"long": strings.Repeat("9", 1<<20),
	}
	for name, after := range vectors {
		t.Run(name, func(t *testing.T) {
			s, resumed := start(t, b, "ada", "s1", after, "a")
			defer s.Close()
			if resumed {
				t.Fatal("resumed")
			}
			wants(t, s)
			b.Publish("a", "after")
			wants(t, s, "after")
		})
	}
}

func FuzzNoIdBreaksTheBroker(f *testing.F) {
	b := NewBroker(Options{})
	b.Publish("a", 1)
	for _, seed := range []string{"", "-", b.Cursor(), "x-1", b.Cursor() + "-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, after string) {
		s, resumed := start(t, b, "ada", "s", after, "a")
		defer s.Close()
		if n := len(taken(t, s)); n > 1 || n == 1 && !resumed {
			t.Fatalf("resumed %v with %d events", resumed, n)
		}
	})
}

func TestAnIdOlderThanWhatIsKeptMeansReset(t *testing.T) {
	b := NewBroker(Options{})
	b.Publish("a", 0)
	old := b.Cursor()
	for i := range Kept - 1 {
		b.Publish("a", i)
	}
	wants(t, open(t, b, "ada", "s1", b.Cursor(), "a"))
	s, resumed := start(t, b, "ada", "s1", old, "a")
	defer s.Close()
	if !resumed || len(taken(t, s)) != Kept-1 {
		t.Fatal("what is kept was not resumed")
	}
	b.Publish("a", "one more")
	late, resumed := start(t, b, "ada", "s1", old, "a")
	defer late.Close()
	if resumed {
		t.Fatal("resumed although events are gone")
	}
}

func TestAResumedStreamMayFirstTakeAllThatItMissedHoweverMuchThatIs(t *testing.T) {
	b := NewBroker(Options{})
	cursor := b.Cursor()
	for i := range 10 * MaxQueued {
		b.Publish("a", i)
	}
	s := open(t, b, "ada", "s1", cursor, "a")
	for i := range MaxQueued {
		b.Publish("a", i)
	}
	if n := len(taken(t, s)); n != 11*MaxQueued {
		t.Fatalf("took %d", n)
	}
	for i := range MaxQueued {
		b.Publish("a", i)
	}
	if n := len(taken(t, s)); n != MaxQueued {
		t.Fatalf("took %d", n)
	}
	for i := range MaxQueued + 1 {
		b.Publish("a", i)
	}
	endedWith(t, s, ErrSlow)
}

// Fifty readers are cut at random points while four writers publish. Together their streams must be the one order.
func TestReadersThatAreCutAtRandomLoseNothingAndSeeNothingTwice(t *testing.T) {
	const writers, each, readers = 4, 1000, 50
	b := NewBroker(Options{})
	begin := b.Cursor()
	var writing, reading sync.WaitGroup
	ctx := t.Context()
	for i := range readers {
		reading.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			after, last, seen := begin, uint64(0), 0
			for seen < writers*each {
				s := b.Subscribe(fmt.Sprint("user", i), "s")
				if ok, err := s.Start(ctx, after, topics("a")); !ok || err != nil {
					t.Errorf("reader %d cannot resume after %s: %v", i, after, err)
					s.Close()
					return
				}
				for left := random.IntN(200); left > 0 && seen < writers*each; {
					<-s.Ready()
					for ; left > 0; left-- {
						e, err := s.Take()
						if err != nil {
							if !errors.Is(err, ErrSlow) {
								t.Errorf("reader %d ended: %v", i, err)
							}
							left = 0
							break
						}
						if e == nil {
							break
						}
						if e.ID != last+1 {
							t.Errorf("reader %d took %d after %d", i, e.ID, last)
							s.Close()
							return
						}
						last, after, seen = e.ID, eventID(b.epoch, e.ID), seen+1
					}
				}
				s.Close()
			}
		})
	}
	for range writers {
		writing.Go(func() {
			for i := range each {
				b.Publish("a", i)
				if i%64 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	writing.Wait()
	reading.Wait()
}

func TestASlowReaderIsDroppedAloneAndResumesById(t *testing.T) {
	b := NewBroker(Options{})
	slow, quick := open(t, b, "slow", "s1", "", "a"), open(t, b, "quick", "s2", "", "a")
	b.Publish("a", 0)
	if e, err := slow.Take(); e == nil || err != nil {
		t.Fatal(e, err)
	}
	after := b.Cursor()
	for i := range MaxQueued + 1 {
		b.Publish("a", i)
		taken(t, quick)
	}
	endedWith(t, slow, ErrSlow)
	b.Publish("a", "still there")
	wants(t, quick, "still there")
	if n := len(taken(t, open(t, b, "slow", "s1", after, "a"))); n != MaxQueued+2 {
		t.Fatalf("resumed with %d events", n)
	}
}

func TestAStreamThatTakesOneByOneIsNeverSlowAndKeepsTheOrder(t *testing.T) {
	b := NewBroker(Options{})
	s := open(t, b, "ada", "s1", "", "a")
	for i := range 100 {
		b.Publish("a", i)
	}
	for i := 100; i < 5000; i++ {
		b.Publish("a", i)
		if e, err := s.Take(); err != nil || e.Payload != i-100 {
			t.Fatalf("took %v, %v; want %d", e, err, i-100)
		}
	}
	if c := cap(s.queue); c > 4*MaxQueued {
		t.Fatalf("a queue of 100 takes %d places", c)
	}
}

func TestRevokeTakesQueuedEventsToo(t *testing.T) {
	b := NewBroker(Options{})
	s, colleague := open(t, b, "ada", "s1", "", "a", "b"), open(t, b, "ben", "s2", "", "a")
	b.Publish("a", 1)
	b.Publish("b", 2)
	b.Publish("a", 3)
	b.Revoke("ada", "a")
	b.Publish("a", 4)
	wants(t, s, 2)
	wants(t, colleague, 1, 3, 4)
}

func TestGrantLetsEveryOpenStreamOfAPersonReceiveATopicOnce(t *testing.T) {
	b := NewBroker(Options{})
	one, two, other := open(t, b, "ada", "s1", ""), open(t, b, "ada", "s2", ""), open(t, b, "ben", "s3", "")
	b.Publish("a", "before")
	b.Grant("ada", "a")
	b.Grant("ada", "a")
	b.Publish("a", "after")
	wants(t, one, "after")
	wants(t, two, "after")
	wants(t, other)
}

func TestAGrantOrRevokeThatComesWhileAStreamStartsIsNotLost(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []string // what load reads before the change
		change func(*Broker)
		after  []string
		want   []any
	}{
		{"grant", nil, func(b *Broker) { b.Grant("ada", "a") }, []string{"a"}, []any{1}},
		{"revoke", []string{"a"}, func(b *Broker) { b.Revoke("ada", "a") }, nil, nil},
		{"grant and revoke", nil, func(b *Broker) { b.Grant("ada", "a"); b.Revoke("ada", "a") }, nil, nil},
		{"revoke and grant", []string{"a"}, func(b *Broker) { b.Revoke("ada", "a"); b.Grant("ada", "a") }, []string{"a"}, []any{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBroker(Options{})
			s := b.Subscribe("ada", "s1")
			defer s.Close()
			loads := 0
			_, err := s.Start(t.Context(), "", func(context.Context) ([]string, error) {
				if loads++; loads == 1 {
					c.change(b)
					return c.before, nil
				}
				return c.after, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			b.Publish("a", 1)
			wants(t, s, c.want...)
		})
	}
}

// The truth changes under a lock and is told to the broker afterwards, as chat does it. However the streams start in
// between, each ends up with what is true.
func TestStreamsThatStartDuringChangesEndUpWithTheTruth(t *testing.T) {
	b := NewBroker(Options{Unlimited: true})
	var mu sync.Mutex
	member := false
	load := func(context.Context) ([]string, error) {
		mu.Lock()
		defer mu.Unlock()
		if member {
			return []string{"a"}, nil
		}
		return nil, nil
	}
	var work sync.WaitGroup
	streams := make([]*Subscription, 200)
	for i := range streams {
		work.Go(func() {
			s := b.Subscribe("ada", "s")
			if _, err := s.Start(context.Background(), "", load); err != nil {
				t.Error(err)
			}
			streams[i] = s
		})
	}
	work.Go(func() {
		for i := range 301 {
			mu.Lock()
			member = i%2 == 0
			mu.Unlock()
			if i%2 == 0 {
				b.Grant("ada", "a")
			} else {
				b.Revoke("ada", "a")
			}
		}
	})
	work.Wait()
	b.Publish("a", "news")
	for _, s := range streams {
		wants(t, s, "news")
		s.Close()
	}
}

func TestAStreamWhoseTopicsCannotBeReadDoesNotStart(t *testing.T) {
	b := NewBroker(Options{})
	s := b.Subscribe("ada", "s1")
	defer s.Close()
	away := errors.New("the database is away")
	if _, err := s.Start(t.Context(), "", func(context.Context) ([]string, error) { return []string{"a"}, away }); err != away {
		t.Fatal(err)
	}
	b.Publish("a", 1)
	wants(t, s)
}

// serve is what a door does: it takes until the end, works a while, and closes.
func serve(s *Subscription, work time.Duration) (closed *atomic.Bool) {
	closed = new(atomic.Bool)
	go func() {
		for range s.Ready() {
			for {
				e, err := s.Take()
				if err != nil {
					time.Sleep(work)
					closed.Store(true)
					s.Close()
					return
				}
				if e == nil {
					break
				}
			}
		}
	}()
	return closed
}

func TestEndSessionReturnsOnceTheStreamsOfThatDeviceAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBroker(Options{})
		one, _ := start(t, b, "ada", "phone", "", "a")
		two, _ := start(t, b, "ada", "phone", "", "a")
		laptop := open(t, b, "ada", "laptop", "", "a")
		ben := open(t, b, "ben", "phone", "", "a")
		goneOne, goneTwo := serve(one, 300*time.Millisecond), serve(two, 600*time.Millisecond)
		began := time.Now()
		b.EndSession(t.Context(), "ada", "phone")
		if !goneOne.Load() || !goneTwo.Load() || time.Since(began) < 600*time.Millisecond {
			t.Fatal("returned before the streams were gone")
		}
		b.Publish("a", 1)
		wants(t, laptop, 1)
		wants(t, ben, 1)
		if b.Streams() != 2 {
			t.Fatalf("%d streams are open", b.Streams())
		}
	})
}

func TestEndSessionDoesNotWaitForeverForAStreamThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBroker(Options{})
		s := open(t, b, "ada", "phone", "", "a")
		b.Publish("a", "queued")
		began := time.Now()
		b.EndSession(t.Context(), "ada", "phone")
		if took := time.Since(began); took != endWait {
			t.Fatalf("waited %s", took)
		}
		b.Publish("a", "later")
		endedWith(t, s, ErrSignedOut)
	})
}

func TestEndUserEndsAllStreamsButThoseOfTheExceptedDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBroker(Options{})
		phone, _ := start(t, b, "ada", "phone", "", "a")
		gone := serve(phone, 0)
		laptop := open(t, b, "ada", "laptop", "", "a")
		ben := open(t, b, "ben", "s", "", "a")
		b.EndUser(t.Context(), "ada", "laptop")
		if !gone.Load() {
			t.Fatal("the phone's stream is open")
		}
		b.Publish("a", 1)
		wants(t, laptop, 1)
		wants(t, ben, 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		b.EndUser(ctx, "ada", "")
		endedWith(t, laptop, ErrSignedOut)
	})
}

func TestTheTwentyFirstStreamEndsTheOldest(t *testing.T) {
	b := NewBroker(Options{})
	var streams []*Subscription
	for i := range MaxStreams {
		streams = append(streams, open(t, b, "ada", fmt.Sprint(i), "", "a"))
	}
	ben := open(t, b, "ben", "s", "", "a")
	for i := range 5 { // none of the ended ones is closed in between
		newest := open(t, b, "ada", "new", "", "a")
		endedWith(t, streams[i], ErrReplaced)
		b.Publish("a", i)
		live := 0
		for _, s := range append(streams, newest) {
			if e, err := s.Take(); e != nil && err == nil {
				live++
			}
			s.Take()
		}
		if live > MaxStreams {
			t.Fatalf("%d streams are live", live)
		}
		streams = append(streams, newest)
	}
	if n := len(taken(t, ben)); n != 5 {
		t.Fatalf("another person's stream took %d", n)
	}
}

func TestAStreamThatHasEndedTakesNoPlace(t *testing.T) {
	b := NewBroker(Options{})
	oldest := open(t, b, "ada", "s", "", "a")
	for range MaxStreams - 1 {
		open(t, b, "ada", "slow", "", "flood")
	}
	for i := range MaxQueued + 1 {
		b.Publish("flood", i)
	}
	open(t, b, "ada", "s", "", "a")
	b.Publish("a", 1)
	wants(t, oldest, 1)
}

func TestUnlimitedLiftsTheNumberOfStreams(t *testing.T) {
	b := NewBroker(Options{Unlimited: true})
	first := open(t, b, "ada", "s", "", "a")
	for range 2 * MaxStreams {
		open(t, b, "ada", "s", "", "a")
	}
	b.Publish("a", 1)
	wants(t, first, 1)
}

func TestCloseEndsEveryStreamNowAndLater(t *testing.T) {
	b := NewBroker(Options{})
	before := open(t, b, "ada", "s", "", "a")
	b.Publish("a", 1)
	b.Close(t.Context())
	endedWith(t, before, ErrStopping)
	if !isReady(before) {
		t.Fatal("nobody was told")
	}
	after := b.Subscribe("ben", "s")
	defer after.Close()
	if !isReady(after) {
		t.Fatal("a new stream was not told")
	}
	if _, err := after.Start(t.Context(), "", topics("a")); err != nil {
		t.Fatal(err)
	}
	b.Publish("a", 2)
	endedWith(t, after, ErrStopping)
	b.Close(t.Context())
}

func TestPresenceIsToldOfTheFirstStreamAndTheLast(t *testing.T) {
	var told []string
	b := NewBroker(Options{Presence: func(userID string, connected bool) { told = append(told, fmt.Sprint(userID, connected)) }})
	one, two := b.Subscribe("ada", "s1"), b.Subscribe("ada", "s2")
	if !b.Connected("ada") || b.Connected("ben") || b.Streams() != 2 {
		t.Fatal("who is connected is wrong")
	}
	one.Close()
	two.Close()
	if fmt.Sprint(told) != "[adatrue adafalse]" || b.Connected("ada") || b.Streams() != 0 {
		t.Fatalf("told %v", told)
	}
}

func TestAnEventIsEncodedOnceAForm(t *testing.T) {
	b := NewBroker(Options{})
	e := &Event{ID: 7, epoch: b.epoch}
	var encoded [forms]atomic.Int32
	var work sync.WaitGroup
	for range 50 {
		for form := range forms {
			work.Go(func() {
				got := e.Bytes(form, func() []byte { encoded[form].Add(1); return fmt.Append(nil, form) })
				if string(got) != fmt.Sprintf("id: %s\n%d", eventID(b.epoch, 7), form) {
					t.Errorf("form %d is %s", form, got)
				}
			})
		}
	}
	work.Wait()
	for form := range forms {
		if n := encoded[form].Load(); n != 1 {
			t.Errorf("form %d was encoded %d times", form, n)
		}
	}
	var nothing Event
	for range 2 {
		if nothing.Bytes(HTML, func() []byte { return nil }) != nil {
			t.Error("a form with nothing to send has bytes")
		}
	}
}

func TestClosedStreamsLeaveNothingBehind(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	b := NewBroker(Options{})
	for i := range 100 {
		s, _ := start(t, b, fmt.Sprint(i), "s", "", "a", fmt.Sprint("channel", i))
		b.Publish("a", i)
		s.Close()
		b.Grant(fmt.Sprint(i), "late")
	}
	if len(b.topics)+len(b.users) != 0 {
		t.Errorf("%d topics and %d people are left", len(b.topics), len(b.users))
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, before %d", n, goroutines)
	}
}

func TestPublishAllocatesNothingForAStreamThatKeepsUp(t *testing.T) {
	cost := func(streams int) float64 {
		b := NewBroker(Options{Unlimited: true})
		subs := make([]*Subscription, streams)
		for i := range subs {
			subs[i] = open(t, b, "ada", "s", "", "a")
			b.Publish("a", 0)
		}
		for _, s := range subs {
			taken(t, s)
		}
		return testing.AllocsPerRun(100, func() {
			b.Publish("a", nil)
			for _, s := range subs {
				s.Take()
				s.Take()
			}
		})
	}
	if one, many := cost(1), cost(100); many > one {
		t.Errorf("%.0f allocations with 100 streams, %.0f with one", many, one)
	}
}

func BenchmarkPublishTo2000Streams(b *testing.B) {
	broker := NewBroker(Options{Unlimited: true})
	subs := make([]*Subscription, 2000)
	for i := range subs {
		subs[i] = open(b, broker, "ada", "s", "", "a")
	}
	b.ReportAllocs()
	for b.Loop() {
		broker.Publish("a", nil)
		b.StopTimer()
		for _, s := range subs {
			for e, _ := s.Take(); e != nil; e, _ = s.Take() {
			}
		}
		b.StartTimer()
	}
}

func TestTheNewestEventsAreTold(t *testing.T) {
	b := NewBroker(Options{})
	if got := b.Recent(5); len(got) != 0 {
		t.Errorf("before the first there are %d", len(got))
	}
	open(t, b, "ada", "s", "", "a")
	for i := range Kept + 2 {
		b.Publish([]string{"a", "b"}[i%2], i)
	}
	recent := b.Recent(3)
	if len(recent) != 3 || recent[0].Payload != Kept+1 || recent[2].Payload != Kept-1 || recent[0].Streams != 0 || recent[1].Streams != 1 || recent[0].At.IsZero() {
		t.Errorf("they are %+v", recent)
	}
	if n := len(b.Recent(2 * Kept)); n != Kept {
		t.Errorf("%d are kept", n)
	}
}

func TestStreamsThatAreCutResume(t *testing.T) {
	b := NewBroker(Options{})
	s, cursor := open(t, b, "ada", "s", "", "a"), b.Cursor()
	b.Cut()
	b.Publish("a", 1)
	endedWith(t, s, ErrSlow)
	wants(t, open(t, b, "ada", "s", cursor, "a"), 1)
}

func TestABrokerThatIsAwayEndsItsStreamsAndBeginsAnew(t *testing.T) {
	b := NewBroker(Options{})
	b.Publish("a", "before")
	cursor := b.Cursor()
	one := open(t, b, "ada", "s", "", "a")
	b.Publish("a", "queued")
	b.Suspend()
	endedWith(t, one, ErrSlow)
	if !b.Away() {
		t.Fatal("it is not away")
	}
	endedWith(t, b.Subscribe("ben", "s"), ErrSlow)
	b.Publish("a", "meanwhile")

	b.Renew()
	if b.Away() || len(b.Recent(10)) != 0 {
		t.Fatal("it did not begin anew")
	}
	late, resumed := start(t, b, "ada", "s", cursor, "a")
	defer late.Close()
	if resumed {
		t.Fatal("a stream resumed over a hole")
	}
	b.Publish("a", "after")
	wants(t, late, "after")
}

func TestAnEventKeepsTheIdUnderWhichItWasPublished(t *testing.T) {
	b := NewBroker(Options{})
	b.Publish("a", 1)
	e, id := b.Recent(1)[0], b.Cursor()
	b.Renew()
	b.Publish("a", 2)
	if got := string(e.Bytes(JSON, func() []byte { return nil })); got != "" {
		t.Fatalf("nothing to send is %q", got)
	}
	if got := string(e.Bytes(HTML, func() []byte { return []byte("x") })); got != "id: "+id+"\nx" {
		t.Errorf("it is %q, want the id %s", got, id)
	}
}

func TestBreakEndsTheStreamsOfOnePersonWhoMayComeBack(t *testing.T) {
	b := NewBroker(Options{})
	ada, _ := start(t, b, "ada", "s", "", "a")
	ben, cursor := open(t, b, "ben", "s", "", "a"), b.Cursor()
	b.Break("ada") // which waits for nobody: nothing reads this stream
	if _, err := ada.Take(); err != ErrSlow {
		t.Fatalf("the stream ended with %v", err)
	}
	b.Publish("a", 1)
	wants(t, ben, 1)
	wants(t, open(t, b, "ada", "s", cursor, "a"), 1)
}
