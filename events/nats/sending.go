package nats

import (
	"errors"
	"strconv"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// send sends what is queued, in its order.
func (s *session) send() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case o := <-s.out:
			if o.sent != nil {
				close(o.sent)
				continue
			}
			if err := s.sendOne(o); err != nil {
				s.fail(err)
				return
			}
		}
	}
}

func (s *session) sendOne(o outgoing) (err error) {
	subject := s.b.box.all()
	if o.to != "" {
		subject = s.b.box.one(o.to)
	}
	if o.payload != nil {
		if o.Name, o.Payload, err = s.b.payloads.encode(o.payload); err != nil {
			return s.sendLost(subject, o, err)
		}
	}
	data, err := s.b.box.seal(subject, o.frame)
	if err != nil {
		return s.sendLost(subject, o, err)
	}
	err = s.b.conn.Publish(subject, data)
	if errors.Is(err, natsgo.ErrMaxPayload) {
		return s.sendLost(subject, o, err)
	}
	s.b.counts.out.Add(1)
	return err
}

// sendLost has others read the truth in place of a frame that cannot be sent.
func (s *session) sendLost(subject string, o outgoing, cause error) error {
	s.b.o.Log.Error("cannot tell other servers what happened: their streams begin anew", "kind", o.Kind, "error", cause)
	data, err := s.b.box.seal(subject, frame{From: s.id, Kind: isLost, N: o.N})
	if err != nil {
		return err
	}
	return s.b.conn.Publish(subject, data)
}

// pulse shows that this server lives, and looks whether NATS does.
func (s *session) pulse() {
	tick := time.NewTicker(s.b.o.Beat)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.tell(outgoing{frame: frame{Kind: isBeat}})
		asked := time.Since(s.began)
		if err := s.b.conn.FlushTimeout(leaseBeats * s.b.o.Beat); err != nil {
			s.fail(errors.Join(errSilent, err))
			return
		}
		// What came before the answer waits to be taken: the line holds once that is done.
		until := strconv.AppendInt(nil, int64(asked+leaseBeats*s.b.o.Beat), 10)
		select {
		case s.in <- &natsgo.Msg{Subject: markSubject, Data: until}:
		case <-s.ctx.Done():
			return
		case <-time.After(leaseBeats * s.b.o.Beat):
		}
		if !s.holds() {
			s.fail(errSilent)
			return
		}
	}
}

// bye takes leave, so that nobody waits for a server that stops.
func (s *session) bye() {
	sent := make(chan struct{})
	s.tell(outgoing{frame: frame{Kind: isBye}})
	s.tell(outgoing{frame: frame{Kind: isBeat}, sent: sent})
	select {
	case <-sent:
		_ = s.b.conn.FlushTimeout(byeWait) // it stops in any case
	case <-s.ctx.Done():
	case <-time.After(byeWait):
	}
}
