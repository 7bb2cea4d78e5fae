package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var invitationCases = []accountCase{
	{"invitations read back as stored", invitationsReadBack},
	{"invitations are listed newest first, in pages", invitationsListed},
	{"an invitation is used no more often than it allows", invitationsUsed},
	{"an invitation is no good once it was revoked", invitationRevoked},
}

func invitationsReadBack(t *testing.T, store accounts.Store) {
	full := Invitation(id.New(Start), "full")
	full.Email, full.Role, full.MaxUses, full.Uses = "ada@example.test", accounts.RoleModerator, 1000, 999
	full.RevokedAt = Start.Add(time.Hour)
	bare := Invitation("", "bare")
	for _, want := range []accounts.Invitation{full, bare} {
		must(t, store.CreateInvitation(t.Context(), want))
		got, err := store.Invitation(t.Context(), want.TokenHash)
		must(t, err)
		equal(t, "the invitation", got, want)
	}
	_, err := store.Invitation(t.Context(), "none")
	refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
}

func invitationsListed(t *testing.T, store accounts.Store) {
	var want, got []string
	for i := range 7 {
		invitation := Invitation(id.New(Start), fmt.Sprint("hash-", i))
		invitation.CreatedAt = Start.Add(time.Duration(i) * time.Second)
		invitation.ID = id.New(invitation.CreatedAt)
		must(t, store.CreateInvitation(t.Context(), invitation))
		want = append(want, invitation.ID)
	}
	slices.Reverse(want)
	for after := ""; ; {
		page, err := store.Invitations(t.Context(), after, 3)
		must(t, err)
		if len(page) == 0 {
			break
		}
		if len(page) > 3 {
			t.Fatalf("a page of 3 has %d invitations", len(page))
		}
		for _, i := range page {
			got = append(got, i.ID)
		}
		after = got[len(got)-1]
	}
	if !slices.Equal(got, want) {
		t.Fatalf("pages give %v, want %v", got, want)
	}
}

func invitationsUsed(t *testing.T, store accounts.Store) {
	want := Invitation(id.New(Start), "hash")
	want.MaxUses = 7
	must(t, store.CreateInvitation(t.Context(), want))
	use := func(now time.Time) (accounts.Invitation, error) { return store.UseInvitation(t.Context(), "hash", now) }
	_, err := use(want.ExpiresAt)
	refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
	got, err := use(want.ExpiresAt.Add(-time.Millisecond))
	must(t, err)
	want.Uses = 1
	equal(t, "the invitation after its use", got, want)
	won, failures := atOnce(50, func(int) error {
		_, err := use(Start)
		return err
	})
	equal(t, "the number of uses", won, 6)
	for _, err := range failures {
		refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
	}
	must(t, store.ReturnInvitation(t.Context(), want.ID))
	got, err = use(Start)
	must(t, err)
	equal(t, "the uses after one was returned", got.Uses, 7)
	_, err = use(Start)
	refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
	refused(t, store.ReturnInvitation(t.Context(), id.New(Start)), fault.NotFound, "INVITATION_NOT_FOUND")
	_, err = store.UseInvitation(t.Context(), "none", Start)
	refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
}

func invitationRevoked(t *testing.T, store accounts.Store) {
	want, beside := Invitation(id.New(Start), "hash"), Invitation(id.New(Start), "beside")
	must(t, store.CreateInvitation(t.Context(), want))
	must(t, store.CreateInvitation(t.Context(), beside))
	want.RevokedAt = Start.Add(time.Minute)
	must(t, store.RevokeInvitation(t.Context(), want.ID, want.RevokedAt))
	got, err := store.Invitation(t.Context(), "hash")
	must(t, err)
	equal(t, "the invitation", got, want)
	_, err = store.UseInvitation(t.Context(), "hash", Start)
	refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
	refused(t, store.RevokeInvitation(t.Context(), id.New(Start), Start), fault.NotFound, "INVITATION_NOT_FOUND")
	_, err = store.UseInvitation(t.Context(), "beside", Start)
	must(t, err)
}
