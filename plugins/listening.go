package plugins

import (
	"context"
	"regexp"
	"sync"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

const (
	maxHeard = 1024 // messages that wait for plugins; of more the newest call none
	// deafFor is how long a channel without a plugin that listens is taken for one, where another server installs it.
	deafFor   = 2 * time.Second
	maxDeaf   = 10_000
	listeners = 2 // messages that are held against plugins at a time
)

// deaf remembers channels in which no plugin listens, so that their messages cost no read.
type deaf struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (d *deaf) is(channelID string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return now.Before(d.until[channelID])
}

func (d *deaf) set(channelID string, until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.until) >= maxDeaf {
		clear(d.until)
	}
	d.until[channelID] = until
}

func (d *deaf) hear(channelID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.until, channelID)
}

// Heard takes a new message for the plugins that listen in its channel. It never blocks. What a bot says calls nobody, so
// that no plugin answers itself or another one.
func (s *Service) Heard(_ context.Context, p chat.Posted) {
	if p.Author.Bot || p.Message.Content == "" || s.deaf.is(p.Channel.ID, s.now()) {
		return
	}
	select {
	case s.heard <- p:
	default:
		s.heardLost.Add(1)
	}
}

// HeardLost returns how many messages called no plugin because too many waited.
func (s *Service) HeardLost() int64 { return s.heardLost.Load() }

// Listen calls plugins for messages until ctx ends.
func (s *Service) Listen(ctx context.Context) {
	var workers sync.WaitGroup
	for range listeners {
		workers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case p := <-s.heard:
					s.hear(ctx, p)
				}
			}
		})
	}
	workers.Wait()
}

// ListenWaiting calls plugins for the messages that wait now.
func (s *Service) ListenWaiting(ctx context.Context) {
	for {
		select {
		case p := <-s.heard:
			s.hear(ctx, p)
		default:
			return
		}
	}
}

// hear calls the plugins that a message is for.
func (s *Service) hear(ctx context.Context, p chat.Posted) {
	began := s.now()
	if s.deaf.is(p.Channel.ID, began) {
		return
	}
	installs, err := s.store.InstallsIn(ctx, []string{p.Channel.ID}, MaxInstalls)
	if err != nil {
		s.failed(ctx, "find the plugins that listen", err)
		return
	}
	listens := false
	for _, i := range installs {
		m, err := readManifest(i.Manifest)
		if err != nil || i.State != Active || m.Triggers.Messages == nil || !i.allows(manifest.ReadMessages) {
			continue
		}
		listens = true
		if !concerns(*m.Triggers.Messages, p.Message.Content) {
			continue
		}
		if err := s.overhear(ctx, i, p); s.busy(err) && !fault.Is(err, fault.Limited) {
			s.failed(ctx, "call a plugin for a message", err)
		}
	}
	if !listens {
		s.deaf.set(p.Channel.ID, began.Add(deafFor))
	}
}

func concerns(t manifest.Messages, text string) bool {
	if t.All {
		return true
	}
	pattern, err := regexp.Compile(t.Match)
	return err == nil && pattern.MatchString(text)
}

// overhear calls one plugin for a message that is for it.
func (s *Service) overhear(ctx context.Context, i Install, p chat.Posted) error {
	a, err := s.authorise(ctx, i)
	if err != nil {
		return err
	}
	m := p.Message
	if _, _, err := s.chat.Place(ctx, i.ChannelID, m.UserID); err != nil {
		return err
	}
	c := call{kind: KindMessage, caller: p.Author, origin: m.ID, key: "message-" + i.ID + "-" + m.ID, event: sandbox.Message{
		ID: m.ID, Text: m.Content, Person: asPerson(p.Author), Thread: m.ParentID,
	}}
	out, err := s.run(ctx, a, c)
	if err == nil {
		_, err = s.say(ctx, a, c, out.Replies)
	}
	return err
}
