// Package storetest holds what both stores must do, and builders for tests of what stands on them.
package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/mail"
)

// Store is a store of everything that this package tests.
type Store interface {
	accounts.Store
	chat.Store
	mail.Store
}

// Start is the moment at which the tests begin, in the past and with milliseconds that a store must keep.
var Start = time.Date(2026, 3, 14, 15, 9, 26, 535_000_000, time.UTC)

// User returns a person with this username, ready to be stored.
func User(username string) accounts.User {
	return accounts.User{
		ID:          id.New(Start),
		Email:       username + "@example.test",
		Name:        "Name of " + username,
		Username:    username,
		Role:        accounts.RoleUser,
		Preferences: "{}",
		Status:      accounts.StatusOffline,
		Notify:      accounts.Notify{NewDevice: true},
		CreatedAt:   Start,
		UpdatedAt:   Start,
	}
}

// Session returns a session of a week, ready to be stored.
func Session(userID, tokenHash string) accounts.Session {
	return accounts.Session{
		ID:        id.New(Start),
		UserID:    userID,
		TokenHash: tokenHash,
		Address:   "192.0.2.7",
		UserAgent: "Browser/1.0",
		Way:       accounts.WayPassword,
		CreatedAt: Start,
		UpdatedAt: Start,
		SeenAt:    Start,
		ProvenAt:  Start,
		ExpiresAt: Start.Add(7 * 24 * time.Hour),
	}
}

// Channel returns a public channel with this name, ready to be stored.
func Channel(name string) chat.Channel {
	return chat.Channel{ID: id.New(Start), Name: name, Type: chat.Public, CreatedAt: Start}
}

// Member returns a plain membership, ready to be stored.
func Member(channelID, userID string) chat.Member {
	return chat.Member{ChannelID: channelID, UserID: userID, Role: chat.RoleMember, JoinedAt: Start}
}

// Message returns a message, ready to be stored.
func Message(channelID, userID, content string) chat.Message {
	return chat.Message{
		ID:        id.New(Start),
		ChannelID: channelID,
		UserID:    userID,
		Content:   content,
		HTML:      "<p>" + content + "</p>",
		Renderer:  1,
		CreatedAt: Start,
		UpdatedAt: Start,
	}
}

// AddUser stores a person with this username.
func AddUser(t testing.TB, store accounts.Store, username string) accounts.User {
	t.Helper()
	u := User(username)
	must(t, store.CreateUser(t.Context(), u, ""))
	return u
}

// AddChannel stores a public channel with these plain members.
func AddChannel(t testing.TB, store chat.Store, name string, members ...accounts.User) chat.Channel {
	t.Helper()
	c := Channel(name)
	var rows []chat.Member
	for _, u := range members {
		rows = append(rows, Member(c.ID, u.ID))
	}
	must(t, store.CreateChannel(t.Context(), c, rows))
	c.MemberCount = len(members)
	return c
}

// Post stores a message.
func Post(t testing.TB, store chat.Store, channelID, userID, content string) chat.Message {
	t.Helper()
	m, _, err := store.AppendMessage(t.Context(), Message(channelID, userID, content))
	must(t, err)
	return m
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails the test unless err is a fault of this kind and code.
func refused(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil {
		t.Fatalf("it succeeded, want %s", code)
	}
	if f := fault.From(err); f.Kind != kind || f.Code != code {
		t.Fatalf("error is of kind %d and code %s (%v), want kind %d and code %s", f.Kind, f.Code, err, kind, code)
	}
}

// alike compares what == cannot. An empty slice or map is like a missing one.
func alike(t testing.TB, what string, got, want any) {
	t.Helper()
	equal(t, what, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is\n%+v, want\n%+v", what, got, want)
	}
}

// atOnce runs n calls at the same time and returns how many succeeded, with the errors of the others.
func atOnce(n int, call func(i int) error) (succeeded int, failures []error) {
	var (
		ready sync.WaitGroup
		gate  = make(chan struct{})
		wins  atomic.Int64
		errs  = make([]error, n)
	)
	for i := range n {
		ready.Go(func() {
			<-gate
			if errs[i] = call(i); errs[i] == nil {
				wins.Add(1)
			}
		})
	}
	close(gate)
	ready.Wait()
	for _, err := range errs {
		if err != nil {
			failures = append(failures, err)
		}
	}
	return int(wins.Load()), failures
}
