package mongo

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/store/storetest"
)

// Without a transaction replacing is several writes, and calls cross each other's.
func TestOfTicketsThatReplaceEachOtherAtOnceOneStays(t *testing.T) {
	s := ready(t)
	ctx, now, person := t.Context(), storetest.Start, id.New(storetest.Start)
	ticket := func(p accounts.Purpose, hash string) accounts.Ticket {
		return accounts.Ticket{Purpose: p, Hash: hash, UserID: person, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	}
	must(t, s.CreateTicket(ctx, ticket(accounts.PurposeReset, "former")))
	must(t, s.CreateTicket(ctx, ticket(accounts.PurposeVerify, "other")))
	var calls sync.WaitGroup
	for i := range 50 {
		calls.Go(func() {
			if err := s.ReplaceTickets(ctx, ticket(accounts.PurposeReset, fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	for p, want := range map[accounts.Purpose]int64{accounts.PurposeReset: 1, accounts.PurposeVerify: 1} {
		n, err := s.tickets.CountDocuments(ctx, bson.M{"identifier": p})
		must(t, err)
		equal(t, "the number of tickets for "+string(p), n, want)
	}
}

func TestATicketReplacesThePersonsOwnWithTheSameHash(t *testing.T) {
	s := ready(t)
	ctx, now := t.Context(), storetest.Start
	ticket := accounts.Ticket{Purpose: accounts.PurposeEmailCode, Hash: "h", UserID: id.New(now), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	for _, ticket.Data = range []string{"first", "second"} {
		must(t, s.ReplaceTickets(ctx, ticket))
	}
	foreign := ticket
	foreign.UserID, foreign.Data = id.New(now), "third"
	if err := s.ReplaceTickets(ctx, foreign); !errors.Is(err, accounts.ErrTicketExists) {
		t.Errorf("replacing somebody else's ticket gives %v", err)
	}
	got, err := s.Ticket(ctx, ticket.Purpose, "h", now)
	must(t, err)
	equal(t, "the ticket", got, ticket)
}
