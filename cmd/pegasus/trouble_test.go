package main

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/trouble"
)

func TestADatabaseAndAModelFailAsLongAsThatIsSwitchedOn(t *testing.T) {
	a := opened(t)
	boss := accounts.User{ID: "65f000000000000000000001", Role: accounts.RoleAdmin}
	for _, kind := range []trouble.Kind{trouble.Database, trouble.Model} {
		if err := a.trouble.Set(t.Context(), boss, trouble.Switch{Kind: kind, Target: trouble.All, Left: 1}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	general, err := a.store.ChannelByName(t.Context(), chat.General)
	if err != nil {
		t.Fatal(err)
	}
	model := failingModel{a.generator(templates()), a.trouble}
	for try, want := range []bool{true, false} {
		_, read := a.store.Messages(t.Context(), general.ID, chat.Page{Limit: 1})
		_, asked := model.Generate(t.Context(), plugins.Request{Plugin: "x", Ask: "x", Round: 1}, func(plugins.Piece) {})
		if fault.Is(read, fault.Unavailable) != want || fault.Is(asked, fault.Unavailable) != want {
			t.Errorf("try %d: %v, %v", try, read, asked)
		}
	}
}

func TestNothingFailsOnPurposeInProduction(t *testing.T) {
	a := opened(t, "APP_ENV=production", "APP_SECRET=0123456789012345678901234567890123456789")
	if a.trouble != nil {
		t.Error("there are switches")
	}
	if _, failing := a.store.Store.(failingStore); failing {
		t.Error("the store can be made to fail")
	}
	if code := a.get("/test").Code; code == 200 {
		t.Error("the page is there")
	}
}
