package storetest

import (
	"fmt"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var twoFactorCases = []accountCase{
	{"a second factor is started again until it is confirmed", twoFactorStarted},
	{"a second factor is confirmed once, for its secret", twoFactorConfirmed},
	{"of 50 confirmations at once one counts", twoFactorRace},
	{"a secret is replaced only where it is still the same", secretReplaced},
	{"a time step is used once and never after a later one", stepsUsed},
	{"a backup code is used once", backupCodesUsed},
	{"backup codes are replaced where the second factor is on", backupCodesReplaced},
	{"a second factor is turned off", twoFactorDeleted},
}

func confirm(t *testing.T, store accounts.Store, userID, secret string, backupCodes ...string) error {
	return store.ConfirmTwoFactor(t.Context(), userID, []byte(secret), 58_000_000, backupCodes, Start.Add(time.Minute))
}

// addTwoFactor stores a confirmed second factor.
func addTwoFactor(t *testing.T, store accounts.Store, userID string, backupCodes ...string) {
	t.Helper()
	must(t, store.StartTwoFactor(t.Context(), TwoFactor(userID, "secret", backupCodes...)))
	must(t, confirm(t, store, userID, "secret"))
}

func twoFactorStarted(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	_, err := store.TwoFactor(t.Context(), u.ID)
	refused(t, err, fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	first := TwoFactor(u.ID, "first\x00\xff", "one", "two")
	again := accounts.TwoFactor{UserID: u.ID, Secret: []byte("again"), CreatedAt: Start.Add(time.Hour)}
	for _, want := range []accounts.TwoFactor{first, again} {
		must(t, store.StartTwoFactor(t.Context(), want))
		got, err := store.TwoFactor(t.Context(), u.ID)
		must(t, err)
		alike(t, "the record", got, want)
	}
	got, err := store.User(t.Context(), u.ID)
	must(t, err)
	equal(t, "the person meanwhile", got, u)
	must(t, confirm(t, store, u.ID, "again"))
	refused(t, store.StartTwoFactor(t.Context(), first), fault.Conflict, "TWO_FACTOR_ALREADY_ENABLED")
	record, err := store.TwoFactor(t.Context(), u.ID)
	must(t, err)
	equal(t, "the secret", string(record.Secret), "again")
}

func twoFactorConfirmed(t *testing.T, store accounts.Store) {
	for username, codes := range map[string][]string{"ada": nil, "ben": {"new-1", "new-2"}} {
		u := AddUser(t, store, username)
		addSession(t, store, u.ID, username, 0)
		_, _, err := store.SessionUser(t.Context(), username)
		must(t, err)
		want := TwoFactor(u.ID, "secret", "old-1", "old-2", "old-3")
		refused(t, confirm(t, store, u.ID, "secret"), fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
		must(t, store.StartTwoFactor(t.Context(), want))
		refused(t, confirm(t, store, u.ID, "another"), fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
		_, got, err := store.SessionUser(t.Context(), username)
		must(t, err)
		equal(t, "the person before", got, u)

		must(t, confirm(t, store, u.ID, "secret", codes...))
		refused(t, confirm(t, store, u.ID, "secret", codes...), fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
		want.Confirmed, want.LastStep = true, 58_000_000
		if codes != nil {
			want.BackupCodes = codes
		}
		record, err := store.TwoFactor(t.Context(), u.ID)
		must(t, err)
		alike(t, "the record", record, want)
		u.TwoFactorEnabled, u.UpdatedAt = true, Start.Add(time.Minute)
		_, got, err = store.SessionUser(t.Context(), username)
		must(t, err)
		equal(t, "the person after", got, u)
	}
}

func twoFactorRace(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	must(t, store.StartTwoFactor(t.Context(), TwoFactor(u.ID, "secret")))
	won, failures := atOnce(50, func(i int) error { return confirm(t, store, u.ID, "secret", fmt.Sprint("code-", i)) })
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	}
}

func stepsUsed(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	use := func(step int64) error { return store.UseStep(t.Context(), u.ID, step) }
	if err := use(1); !fault.Is(err, fault.NotFound) {
		t.Fatalf("a step without a record gives %v", err)
	}
	addTwoFactor(t, store, u.ID)
	refused(t, use(57_999_999), fault.Conflict, "CODE_ALREADY_USED")
	refused(t, use(58_000_000), fault.Conflict, "CODE_ALREADY_USED")
	won, failures := atOnce(50, func(int) error { return use(58_000_001) })
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "CODE_ALREADY_USED")
	}
	must(t, use(58_000_003))
	refused(t, use(58_000_002), fault.Conflict, "CODE_ALREADY_USED")
	record, err := store.TwoFactor(t.Context(), u.ID)
	must(t, err)
	equal(t, "the last step", record.LastStep, 58_000_003)
}

func secretReplaced(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	refused(t, store.ReplaceSecret(t.Context(), u.ID, []byte("secret"), []byte("next")), fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	must(t, store.StartTwoFactor(t.Context(), TwoFactor(u.ID, "secret")))
	refused(t, store.ReplaceSecret(t.Context(), u.ID, []byte("other"), []byte("next")), fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	must(t, store.ReplaceSecret(t.Context(), u.ID, []byte("secret"), []byte("next")))
	record, err := store.TwoFactor(t.Context(), u.ID)
	must(t, err)
	equal(t, "the secret", string(record.Secret), "next")
}

func backupCodesUsed(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	codes := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	addTwoFactor(t, store, u.ID, codes...)
	addTwoFactor(t, store, other.ID, codes...)
	_, err := store.UseBackupCode(t.Context(), u.ID, "z")
	refused(t, err, fault.NotFound, "INVALID_TOKEN")
	left, err := store.UseBackupCode(t.Context(), u.ID, "d")
	must(t, err)
	equal(t, "the number of codes left", left, 9)
	_, err = store.UseBackupCode(t.Context(), u.ID, "d")
	refused(t, err, fault.NotFound, "INVALID_TOKEN")
	won, failures := atOnce(50, func(i int) error {
		_, err := store.UseBackupCode(t.Context(), u.ID, codes[i%10])
		return err
	})
	equal(t, "the number of winners", won, 9)
	for _, err := range failures {
		refused(t, err, fault.NotFound, "INVALID_TOKEN")
	}
	record, err := store.TwoFactor(t.Context(), u.ID)
	must(t, err)
	equal(t, "the number of codes left", len(record.BackupCodes), 0)
	record, err = store.TwoFactor(t.Context(), other.ID)
	must(t, err)
	equal(t, "the number of another's codes", len(record.BackupCodes), 10)
	if _, err := store.UseBackupCode(t.Context(), id.New(Start), "a"); !fault.Is(err, fault.NotFound) {
		t.Fatalf("a code without a record gives %v", err)
	}
}

func backupCodesReplaced(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	replace := func() error {
		return store.ReplaceBackupCodes(t.Context(), u.ID, []byte("new salt"), []string{"new-1", "new-2"})
	}
	refused(t, replace(), fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	must(t, store.StartTwoFactor(t.Context(), TwoFactor(u.ID, "secret", "old")))
	refused(t, replace(), fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	must(t, confirm(t, store, u.ID, "secret"))
	want, err := store.TwoFactor(t.Context(), u.ID)
	must(t, err)
	must(t, replace())
	want.Salt, want.BackupCodes = []byte("new salt"), []string{"new-1", "new-2"}
	got, err := store.TwoFactor(t.Context(), u.ID)
	must(t, err)
	alike(t, "the record", got, want)
	_, err = store.UseBackupCode(t.Context(), u.ID, "old")
	refused(t, err, fault.NotFound, "INVALID_TOKEN")
}

func twoFactorDeleted(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	addSession(t, store, u.ID, "hash", 0)
	must(t, store.DeleteTwoFactor(t.Context(), u.ID, Start))
	addTwoFactor(t, store, u.ID)
	addTwoFactor(t, store, other.ID)
	_, _, err := store.SessionUser(t.Context(), "hash")
	must(t, err)
	u.UpdatedAt = Start.Add(time.Hour)
	must(t, store.DeleteTwoFactor(t.Context(), u.ID, u.UpdatedAt))
	_, got, err := store.SessionUser(t.Context(), "hash")
	must(t, err)
	equal(t, "the person after", got, u)
	_, err = store.TwoFactor(t.Context(), u.ID)
	refused(t, err, fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	got, err = store.User(t.Context(), other.ID)
	must(t, err)
	equal(t, "another's second factor", got.TwoFactorEnabled, true)
	must(t, store.StartTwoFactor(t.Context(), TwoFactor(u.ID, "secret")))
}
