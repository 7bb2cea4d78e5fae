package mongo

import (
	"fmt"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/hooks"
	"pegasus/id"
	"pegasus/mail"
	"pegasus/store/storetest"
)

// exerciseAccounts calls every method about ways into an account, on paths that reach every command.
func exerciseAccounts(t *testing.T, s *Store) {
	ctx, now := t.Context(), storetest.Start
	try := func(_ any, err error) { t.Helper(); must(t, err) }
	refused := func(err error, kind fault.Kind) {
		t.Helper()
		if !fault.Is(err, kind) {
			t.Fatalf("error is %v", err)
		}
	}
	kim, lee := storetest.AddUser(t, s, "kim"), storetest.AddUser(t, s, "lee")
	for _, field := range []accounts.UserField{"", accounts.UserEmail, accounts.UserName} {
		_, _, err := s.FindUsers(ctx, accounts.UserQuery{Search: "ki", SearchIn: field, SortBy: field, Limit: 10,
			Filters: []accounts.UserFilter{{Field: accounts.UserLastLogin, Op: accounts.OpLess, Value: "1"}}})
		must(t, err)
	}
	must(t, s.TouchUser(ctx, kim.ID, now))
	try(s.CountActive(ctx, now))
	try(s.CountAdmins(ctx))
	try(s.Bots(ctx, "", 10))
	try(s.Bots(ctx, kim.ID, 10))
	hook := storetest.Hook(kim.ID, "hash")
	must(t, s.CreateHook(ctx, hook))
	try(s.Hook(ctx, hook.ID))
	try(s.HookByHash(ctx, "hash"))
	try(s.ChannelHooks(ctx, kim.ID))
	try(s.Hooks(ctx, hook.ID, 10))
	try(s.CommandHooks(ctx, kim.ID))
	try(s.CommandTaken(ctx, "deploy", kim.ID))
	try(s.CommandTaken(ctx, "deploy", ""))
	try(s.ChangeHook(ctx, hook.ID, hooks.Change{Off: new(true)}, now))
	try(s.CountHookFailure(ctx, hook.ID))
	must(t, s.DeleteHook(ctx, hook.ID))
	_, err := s.UpdateUser(ctx, kim.ID, accounts.UserChange{Email: &lee.Email, Username: &lee.Username}, now)
	refused(err, fault.Conflict)

	ticket := accounts.Ticket{Purpose: accounts.PurposeReset, Hash: "a", UserID: kim.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	must(t, s.CreateTicket(ctx, ticket))
	must(t, s.ReplaceTickets(ctx, ticket))
	try(s.Ticket(ctx, ticket.Purpose, "a", now))
	try(s.TryTicket(ctx, ticket.Purpose, "a", 3, now))
	must(t, s.ReturnTry(ctx, ticket.Purpose, "a"))
	try(s.CountTicket(ctx, ticket))
	ticket.CreatedAt = ticket.ExpiresAt
	try(s.CountTicket(ctx, ticket))
	refused(func() error { _, err := s.TakeTicket(ctx, ticket.Purpose, "b", now); return err }(), fault.NotFound)
	must(t, s.DeleteTickets(ctx, ticket.Purpose, kim.ID))
	try(s.DeleteExpiredTickets(ctx, now))

	factor := accounts.TwoFactor{UserID: kim.ID, Secret: []byte("secret"), BackupCodes: []string{"x", "y"}, CreatedAt: now}
	must(t, s.StartTwoFactor(ctx, factor))
	must(t, s.ConfirmTwoFactor(ctx, kim.ID, factor.Secret, 1, nil, now))
	refused(s.StartTwoFactor(ctx, factor), fault.Conflict)
	try(s.TwoFactor(ctx, kim.ID))
	must(t, s.UseStep(ctx, kim.ID, 2))
	refused(s.UseStep(ctx, kim.ID, 2), fault.Conflict)
	try(s.UseBackupCode(ctx, kim.ID, "x"))
	must(t, s.ReplaceBackupCodes(ctx, kim.ID, []byte("salt"), []string{"z"}))
	must(t, s.DeleteTwoFactor(ctx, kim.ID, now))

	link := accounts.ProviderAccount{ID: id.New(now), UserID: kim.ID, Provider: "github", Subject: "1", CreatedAt: now, UpdatedAt: now}
	must(t, s.CreateProviderAccount(ctx, link))
	try(s.ProviderAccount(ctx, "github", "1"))
	try(s.ProviderAccounts(ctx, kim.ID))
	must(t, s.UpdateProviderAccount(ctx, link.ID, "kim@example.test", nil, now))
	must(t, s.DeleteProviderAccount(ctx, kim.ID, link.ID))

	key := accounts.Passkey{ID: id.New(now), UserID: kim.ID, CredentialID: "c", PublicKey: []byte{1}, CreatedAt: now}
	must(t, s.CreatePasskey(ctx, key))
	try(s.PasskeyByCredential(ctx, "c"))
	try(s.Passkeys(ctx, kim.ID))
	try(s.UpdatePasskey(ctx, kim.ID, key.ID, accounts.PasskeyChange{}))
	try(s.UpdatePasskey(ctx, kim.ID, key.ID, accounts.PasskeyChange{LastUsedAt: &now}))
	must(t, s.DeletePasskey(ctx, kim.ID, key.ID))

	token := accounts.Token{ID: id.New(now), UserID: kim.ID, Hash: "t", CreatedAt: now}
	must(t, s.CreateToken(ctx, token))
	_, _, err = s.TokenUser(ctx, "t")
	must(t, err)
	try(s.Tokens(ctx, kim.ID))
	must(t, s.TouchToken(ctx, token.ID, now))
	must(t, s.DeleteToken(ctx, kim.ID, token.ID))

	invitation := accounts.Invitation{ID: id.New(now), TokenHash: "i", MaxUses: 1, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	must(t, s.CreateInvitation(ctx, invitation))
	try(s.Invitation(ctx, "i"))
	try(s.Invitations(ctx, "", 10))
	try(s.Invitations(ctx, invitation.ID, 10))
	try(s.UseInvitation(ctx, "i", now))
	for range 2 { // the second time there is no use to return, and no revocation to make
		must(t, s.ReturnInvitation(ctx, invitation.ID))
		must(t, s.RevokeInvitation(ctx, invitation.ID, now))
	}

	event := accounts.Event{ID: id.New(now), Action: accounts.ActionSignIn, ActorID: kim.ID, UserID: kim.ID, At: now}
	must(t, s.RecordEvent(ctx, event))
	for _, q := range []accounts.EventQuery{{}, {UserID: kim.ID}, {ActorID: kim.ID, Before: event.ID}, {Action: event.Action}} {
		q.Limit = 10
		try(s.Events(ctx, q))
	}
	try(s.DeleteEvents(ctx, now))
	must(t, s.PutSetting(ctx, "policy", "{}"))
	try(s.Setting(ctx, "policy"))
	must(t, s.EraseUser(ctx, kim.ID, accounts.Tombstone{Email: "gone", Username: "gone"}, now))
	refused(s.EraseUser(ctx, lee.ID, accounts.Tombstone{Email: "gone", Username: "gone"}, now), fault.Conflict)
}

// exerciseMail calls every method about mail.
func exerciseMail(t *testing.T, s *Store) {
	ctx, now := t.Context(), storetest.Start
	var ids []string
	for i := range 2 {
		q := mail.Queued{ID: id.New(now), Kind: "k", To: fmt.Sprint(i), CreatedAt: now, NextTry: now}
		must(t, s.AddMail(ctx, q))
		ids = append(ids, q.ID)
	}
	due, err := s.DueMail(ctx, now, now.Add(time.Minute), 10)
	must(t, err)
	equal(t, "the number of mails", len(due), 2)
	must(t, s.MailSent(ctx, ids[0], now, false))
	must(t, s.MailFailed(ctx, ids[1], "why", now, time.Time{}))
	_, err = s.RecentMail(ctx, 10)
	must(t, err)
	_, _, err = s.CountMail(ctx)
	must(t, err)
	_, err = s.DeleteMail(ctx, now)
	must(t, err)
}
