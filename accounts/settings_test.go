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

// sharedSettings is a store that several servers use.
type sharedSettings struct {
	value string
	turns []string
}

func (s *sharedSettings) Setting(context.Context, string) (string, error) { return s.value, nil }

func (s *sharedSettings) PutSetting(_ context.Context, _, value string) error {
	s.value = value
	return nil
}

func (s *sharedSettings) Turn(_ context.Context, name string) (func(), error) {
	s.turns = append(s.turns, name)
	return func() { s.turns = append(s.turns, "done") }, nil
}

func TestASettingIsReadAgainOnceAnotherServerHasChangedIt(t *testing.T) {
	store := &sharedSettings{value: `"first"`}
	setting := accounts.NewSetting[string](store, "name", func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) })
	is := func(want string) {
		t.Helper()
		if got, err := setting.Get(t.Context()); err != nil || got != want {
			t.Errorf("it is %q, %v", got, err)
		}
	}
	is("first")
	store.value = `"second"`
	is("first")
	setting.Forget()
	is("second")
	if _, err := setting.Change(t.Context(), func(before string) (string, error) { return before + " and third", nil }); err != nil {
		t.Fatal(err)
	}
	store.value = `"other"`
	is("second and third")
	if len(store.turns) != 2 || store.turns[0] != "setting name" || store.turns[1] != "done" {
		t.Errorf("turns were %v", store.turns)
	}
}

func TestASettingThatChangesWhileItIsReadIsReadAgain(t *testing.T) {
	store := slowSettings{make(chan struct{}), make(chan struct{})}
	setting := accounts.NewSetting[string](store, "name", func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) })
	for range 2 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := setting.Get(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		<-store.asked // the second time too: the first reading may be older than the change
		setting.Forget()
		store.answer <- struct{}{}
		<-done
	}
}
