package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pegasus/accounts"
)

// everything goes through every path that is recorded and returns what passed by that must not be written down.
func (w *world) everything(t *testing.T) (secrets []string) {
	t.Helper()
	ctx := clientAt(t, "192.0.2.7")
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	admin := w.secondFactor(t, w.boss(t, "root@example.test"))
	_, invitation := w.invite(t, admin, accounts.InvitationDraft{})
	revoked, _ := w.invite(t, admin, accounts.InvitationDraft{Email: "new@example.test"})
	do(w.RevokeInvitation(ctx, admin, revoked.ID))
	const first, wrong, second, third, fourth = "canary one passphrase", "canary wrong guess", "canary two passphrase", "canary three passphrase", "canary four passphrase"
	joined, err := w.SignUp(ctx, accounts.Draft{Email: "ada@example.test", Name: "Ada", Password: first, Invitation: invitation})
	do(err)
	u := joined.User
	session := w.open(t, u, token("a"), true)
	_, _ = w.Authenticate(ctx, u.Email, wrong)
	_ = w.VerifyPassword(ctx, u, wrong)
	resetToken := w.resetToken(t, u.Email)
	do(w.ResetPassword(ctx, resetToken, second))
	do(w.ChangePassword(ctx, u, session, second, third, true))
	u, err = w.User(ctx, u.ID)
	do(err)
	do(w.RequestEmailChange(ctx, u, session, "ada2@example.test", ""))
	moved := secretOf(t, w.mailed(t, "ada2@example.test", accounts.LetterChangeEmail).URL)
	u, _, err = w.VerifyEmail(ctx, moved)
	do(err)
	name := "Augusta"
	_, err = w.ChangeProfile(ctx, u.ID, accounts.ProfileChange{Name: &name})
	do(err)
	magic := w.magic(t, accounts.MagicLink{Email: "cora@example.test"})
	cora, _, err := w.UseMagicLink(ctx, magic)
	do(err)
	_, err = w.Export(ctx, u, session)
	do(err)
	made, err := w.CreateUser(ctx, admin, accounts.Draft{Email: "eve@example.test", Name: "Eve", Password: fourth}, "")
	do(err)
	_, err = w.SetRole(ctx, admin, made.ID, accounts.RoleModerator)
	do(err)
	_, err = w.BanUser(ctx, admin, made.ID, accounts.Ban{Reason: "spam"})
	do(err)
	_, err = w.UnbanUser(ctx, admin, made.ID)
	do(err)
	link, err := w.ResetLink(ctx, admin, made.ID)
	do(err)
	do(w.EndUserSessions(ctx, admin, made.ID))
	_, err = w.SetPolicy(ctx, admin, requiring)
	do(err)
	_, err = w.AddProfileField(ctx, admin, accounts.ProfileField{Name: "Room", Kind: accounts.FieldText})
	do(err)
	do(w.RemoveUser(ctx, admin, cora.ID))
	link, _, _ = strings.Cut(link, "?")
	return []string{first, wrong, second, third, fourth, invitation, resetToken, moved, magic, secretOf(t, link), token("a")}
}

func (w *world) log(t testing.TB) (all []accounts.Event) {
	t.Helper()
	for before := ""; ; {
		page, err := w.Events(t.Context(), accounts.EventQuery{Before: before, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < 10 {
			return all
		}
		before = page[9].ID
	}
}

func TestEveryChangeIsRecordedWithWhoAndWhence(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.SignUp = accounts.SignUpOpen })
	w.everything(t)
	recorded := map[accounts.Action]int{}
	for _, e := range w.log(t) {
		recorded[e.Action]++
		byNobody := e.Action == accounts.ActionSignInFailed || e.Action == accounts.ActionResetRequested || e.Action == accounts.ActionCreated
		if e.At.IsZero() || e.ID == "" || e.ActorID == "" && !byNobody {
			t.Errorf("recorded %+v", e)
		}
	}
	for _, action := range []accounts.Action{
		accounts.ActionSignUp, accounts.ActionSignIn, accounts.ActionSignInFailed, accounts.ActionPasswordChanged, accounts.ActionPasswordReset, accounts.ActionResetRequested,
		accounts.ActionEmailVerified, accounts.ActionEmailChange, accounts.ActionEmailChanged, accounts.ActionProfileChanged,
		accounts.ActionInvited, accounts.ActionInvitationUsed, accounts.ActionInvitationRevoked, accounts.ActionExported, accounts.ActionDeleted,
		accounts.ActionCreated, accounts.ActionRoleChanged, accounts.ActionBanned, accounts.ActionUnbanned, accounts.ActionSessionEnded,
		accounts.ActionPolicyChanged, accounts.ActionProfileField,
	} {
		if recorded[action] == 0 {
			t.Errorf("%s is not recorded", action)
		}
	}
}

func TestNoSecretStandsInTheAuditLog(t *testing.T) {
	w := newWorld(t)
	secrets := w.everything(t)
	events := w.log(t)
	if len(events) < 20 {
		t.Fatalf("only %d events", len(events))
	}
	for _, e := range events {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s stands in %s", secret, text)
			}
		}
	}
}

func TestALogThatCannotBeWrittenStopsNothing(t *testing.T) {
	failed := 0
	w := newWorld(t, func(o *accounts.Options) {
		o.Store = deaf{o.Store}
		o.Failed = func(_ context.Context, doing string, _ error) {
			if doing == "write to the audit log" {
				failed++
			}
		}
	})
	w.join(t, "ada@example.test", good)
	if failed != 1 || !w.signsIn(t, "ada@example.test", good) {
		t.Errorf("%d failures", failed)
	}
}

// deaf is a store that keeps no events.
type deaf struct{ accounts.Store }

func (deaf) RecordEvent(context.Context, accounts.Event) error { return errors.New("no room") }
