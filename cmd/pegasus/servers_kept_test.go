package main

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/plugins"
)

func TestASettingThatAnotherServerChangesBreaksOffNoAnswerThatIsFollowedFromThere(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := opened(t)
	ada, err := a.accounts.CreateAdmin(t.Context(), accounts.Draft{Email: "ada@example.test", Password: "correct horse battery", Name: "Ada"})
	must(err)
	p, err := a.plugins.CreatePlugin(t.Context(), ada, plugins.NewPlugin{Name: "Dice"})
	must(err)
	at := now()
	c := plugins.Conversation{ID: id.New(at), PluginID: p.ID, UserID: ada.ID, Title: "x", CreatedAt: at, UpdatedAt: at}
	must(a.store.CreateConversation(t.Context(), c))
	e := plugins.Exchange{ID: id.New(at), ConversationID: c.ID, PluginID: p.ID, UserID: ada.ID, Ask: "x", State: plugins.Answering, CreatedAt: at}
	must(a.store.BeginExchange(t.Context(), e, at.Add(time.Hour)))

	a.plugins.Hear(e.ID, plugins.Event{})
	setting, err := json.Marshal("brand")
	must(err)
	a.heard(tellSetting, string(setting))
	a.plugins.Hear(e.ID, plugins.Event{Number: 1, Kind: plugins.TextEvent, Text: "One"})
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	came := errors.New("it came")
	if err := a.plugins.Follow(ctx, ada, e.ID, 0, func(plugins.Event) error { return came }); err != came {
		t.Errorf("the answer is followed no more: %v", err)
	}
}
