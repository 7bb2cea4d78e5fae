package main

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/store"
	"pegasus/trouble"
)

// openTrouble lets a server under development fail on purpose. It leaves the switches nil in production.
func (a *app) openTrouble() {
	if a.settings.production() {
		return
	}
	a.trouble = trouble.New(trouble.Options{
		Now: now, Cut: a.events.Cut,
		Record: func(ctx context.Context, e accounts.Event) { a.accounts.Record(ctx, e) },
	})
	a.store.Store = failingStore{a.store.Store, a.trouble}
}

var errTrouble = trouble.Failure(fault.Unavailable)

// failingStore is a store that takes and gives no messages while that is switched on.
type failingStore struct {
	store.Store
	trouble *trouble.Switches
}

func (s failingStore) AppendMessage(ctx context.Context, m chat.Message) (chat.Message, bool, error) {
	if s.trouble.Take(trouble.Database, trouble.Any) {
		return chat.Message{}, false, errTrouble
	}
	return s.Store.AppendMessage(ctx, m)
}

func (s failingStore) Messages(ctx context.Context, channelID string, page chat.Page) ([]chat.Message, error) {
	if s.trouble.Take(trouble.Database, trouble.Any) {
		return nil, errTrouble
	}
	return s.Store.Messages(ctx, channelID, page)
}

// failingModel is a model that does not answer while that is switched on.
type failingModel struct {
	plugins.Generator
	trouble *trouble.Switches
}

func (m failingModel) Generate(ctx context.Context, r plugins.Request, say func(plugins.Piece)) (plugins.Answer, error) {
	if m.trouble.Take(trouble.Model, trouble.Any) {
		return plugins.Answer{}, errTrouble
	}
	return m.Generator.Generate(ctx, r, say)
}

// failingAdviser is a failingModel that helps before anything is asked of it.
type failingAdviser struct {
	failingModel
	plugins.Adviser
}

func (m failingAdviser) Improve(ctx context.Context, r plugins.Request) (plugins.Answer, error) {
	if m.trouble.Take(trouble.Model, trouble.Any) {
		return plugins.Answer{}, errTrouble
	}
	return m.Adviser.Improve(ctx, r)
}

// failingAtTimes has what answers fail while that is switched on. What it can do it still can.
func (a *app) failingAtTimes(g plugins.Generator) plugins.Generator {
	failing := failingModel{g, a.trouble}
	if adviser, can := g.(plugins.Adviser); can {
		return failingAdviser{failing, adviser}
	}
	return failing
}
