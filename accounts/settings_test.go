package accounts_test

import (
	"context"
	"testing"
	"time"

	"pegasus/accounts"
)

// slowSettings is a store that answers when the test says so.
type slowSettings struct{ asked, answer chan struct{} }

func (s slowSettings) Setting(context.Context, string) (string, error) {
	s.asked <- struct{}{}
	<-s.answer
	return `"new"`, nil
}

func (slowSettings) PutSetting(context.Context, string, string) error { return nil }

func TestNobodyWaitsForASettingThatSomebodyElseReadsAgain(t *testing.T) {
	store := slowSettings{make(chan struct{}), make(chan struct{})}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	setting := accounts.NewSetting[string](store, "name", func() time.Time { return now })
	get := func() string {
		value, err := setting.Get(t.Context())
		if err != nil {
			t.Error(err)
		}
		return value
	}
	first := make(chan string)
	read := func() { first <- get() }
	go read()
	<-store.asked
	store.answer <- struct{}{}
	if got := <-first; got != "new" {
		t.Fatalf("it is %q", got)
	}
	now = now.Add(time.Hour)
	go read()
	<-store.asked
	if got := get(); got != "new" { // the store is asked once: a second time would wait for ever
		t.Errorf("meanwhile it is %q", got)
	}
	store.answer <- struct{}{}
	<-first
}
