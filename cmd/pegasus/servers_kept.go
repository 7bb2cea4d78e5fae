package main

import (
	"encoding/json"

	"pegasus/chat"
	"pegasus/plugins"
)

// What servers tell each other beside events.
const (
	tellSetting = "setting" // a setting of the workspace was changed: its name
	tellMeasure = "measure" // what the server measured last
	tellUnread  = "unread"  // what a check of unread counts found
	tellActed   = "acted"   // somebody did something, or turned away
	tellStep    = "step"    // a step of the answer of a model
	tellStop    = "stop"    // the answer of a model that is to be stopped: its id
)

// acted is what somebody did.
type acted struct {
	UserID string
	Here   bool
}

// step is one of the answer of a model.
type step struct {
	ExchangeID string
	Event      plugins.Event
}

// tellOthers tells the other servers, where there are some.
func (a *app) tellOthers(name string, what any) {
	if a.bridge == nil {
		return
	}
	text, err := json.Marshal(what)
	if err != nil {
		a.warn("tell other servers", err)
		return
	}
	a.bridge.Tell(name, string(text))
}

// received brings what is kept here in line with an event of another server, before the streams here get it.
func (a *app) received(payload any) { a.chat.Heard(payload) }

// heard takes what another server told beside events.
func (a *app) heard(name, text string) {
	switch name {
	case tellSetting:
		a.forgetSettings()
	case tellMeasure:
		a.ops.Beside(text)
	case tellUnread:
		var check chat.UnreadCheck
		if json.Unmarshal([]byte(text), &check) == nil {
			a.chat.NoteUnreadCheck(check)
		}
	case tellActed:
		var did acted
		if json.Unmarshal([]byte(text), &did) == nil {
			a.chat.ActedElsewhere(did.UserID, did.Here)
		}
	case tellStep:
		var s step
		if json.Unmarshal([]byte(text), &s) == nil {
			a.plugins.Hear(s.ExchangeID, s.Event)
		}
	case tellStop:
		a.plugins.StopHere(text)
	}
}

// renewed has everything that is kept here read again: something that other servers told may have been missed.
func (a *app) renewed() {
	a.forgetSettings()
	a.plugins.Forget()
}

// forgetSettings has the settings read again that are kept here: another server has changed one.
func (a *app) forgetSettings() {
	a.accounts.Forget()
	a.brand.Forget()
	a.chat.Forget()
}
