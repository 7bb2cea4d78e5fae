// Package events carries what happened to the streams that may see it.
//
// A Broker keeps the newest events in memory and hands each to the subscriptions of its topic. Topics are granted and
// revoked while a stream is open, and the right to a topic is checked again at the moment an event is taken for sending.
// The broker never blocks its publisher: a subscription whose queue is full is ended alone and resumes by event id.
package events

import (
	"fmt"
	"sync"
	"time"
)

// Form is one of the ways in which an event goes over the wire.
type Form uint8

// The forms. A brief form leaves out what was written, for a stream that looks at another channel.
const (
	JSON Form = iota
	JSONBrief
	HTML
	HTMLBrief
	forms
)

// Event is something that happened. All subscriptions share one Event.
type Event struct {
	ID      uint64 // its place in this broker's order, from 1
	Topic   string
	Payload any
	At      time.Time // when it was published
	Streams int       // that held its topic then

	epoch string // in which it has its number

	shared [forms]struct {
		once  sync.Once
		bytes []byte
	}
}

// Bytes returns the event in a form, as a stream sends it: encode's frame behind the line that names the event. encode
// runs once an event and form, whatever the number of streams; the result must not be changed. It is nil where encode
// returns nil, which means that the form has nothing to send.
func (e *Event) Bytes(form Form, encode func() []byte) []byte {
	slot := &e.shared[form]
	slot.once.Do(func() {
		if frame := encode(); frame != nil {
			slot.bytes = fmt.Appendf(nil, "id: %s\n%s", eventID(e.epoch, e.ID), frame)
		}
	})
	return slot.bytes
}
