package accounts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

func TestWhereAddressesMustBeProvenASignUpSignsNobodyInAndMailsALink(t *testing.T) {
	w := newWorld(t, mustVerify)
	d := draft("ada@example.test", good)
	d.Callback = "/welcome"
	joined, err := w.SignUp(t.Context(), d)
	if err != nil || !joined.Verify || !joined.Mailed || joined.User.EmailVerified {
		t.Fatalf("%+v, %v", joined, err)
	}
	link := w.mailed(t, "ada@example.test", accounts.LetterVerify).URL
	if !strings.HasSuffix(link, "&callbackURL=%2Fwelcome") {
		t.Errorf("the link is %s", link)
	}
	_, err = w.Authenticate(t.Context(), "ada@example.test", good)
	refused(t, err, fault.Forbidden, "EMAIL_NOT_VERIFIED")
	if u, _, err := w.VerifyEmail(t.Context(), secretOf(t, link)); err != nil || u.ID != joined.User.ID || !u.EmailVerified {
		t.Fatalf("%+v, %v", u, err)
	}
	if !w.signsIn(t, "ada@example.test", good) {
		t.Fatal("a proven address does not sign in")
	}
}

func TestWhereAddressesMustBeProvenATakenOneAnswersAsAFreeOneDoes(t *testing.T) {
	w := newWorld(t, mustVerify)
	owner := w.join(t, "ada@example.test", good)
	before, _, _ := w.Count(t.Context())
	d := draft("ADA@example.test", "another fine passphrase")
	d.Name, d.DisplayName, d.Phone, d.Preferences = "Mallory", "Mal", "1", `{"a":1}`
	fake, err := w.SignUp(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	d.Email = "free@example.test"
	real, err := w.SignUp(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if fake.User.ID == owner.ID || len(fake.User.ID) != len(real.User.ID) || fake.User.Email != "ada@example.test" || fake.User.Username != "ada" {
		t.Errorf("made up: %+v", fake.User)
	}
	same := fake
	same.User.ID, same.User.Email, same.User.Username = real.User.ID, real.User.Email, real.User.Username
	if same != real {
		t.Errorf("the answers differ:\n%+v\n%+v", fake, real)
	}
	if after, _, _ := w.Count(t.Context()); after != before+1 {
		t.Errorf("%d people became %d", before, after)
	}
	if _, err := w.Authenticate(t.Context(), "ada@example.test", "another fine passphrase"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the password of the second sign-up gives %v", err)
	}
	if l := w.mailed(t, "ada@example.test", accounts.LetterExists); l.URL != "http://chat.example.test/login" {
		t.Errorf("the owner is sent to %s", l.URL)
	}
	for range 10 {
		if _, err := w.SignUp(t.Context(), draft("ada@example.test", good)); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.count("ada@example.test", accounts.LetterExists); n != 3 {
		t.Errorf("the owner got %d letters", n)
	}
}

func TestTheUsernameMadeUpForATakenAddressIsWhatANewPersonWouldGet(t *testing.T) {
	w := newWorld(t, mustVerify)
	w.join(t, "ada@one.test", good)
	w.join(t, "ada@two.test", good) // "ada" is taken by somebody else
	again, err := w.SignUp(t.Context(), draft("ada@two.test", good))
	if err != nil || !strings.HasPrefix(again.User.Username, "ada-") {
		t.Fatalf("%q, %v", again.User.Username, err)
	}
}

func TestWhereAddressesNeedNotBeProvenAMailGoesOutOnlyIfItGetsThere(t *testing.T) {
	for _, delivers := range []bool{true, false} {
		w := newWorld(t)
		w.letters.Undelivered = !delivers
		joined, err := w.SignUp(t.Context(), draft("ada@example.test", good))
		if err != nil || joined.Verify || joined.Mailed != delivers || (w.count("ada@example.test", accounts.LetterVerify) == 1) != delivers {
			t.Errorf("delivers %v: %+v, %v, %d letters", delivers, joined, err, len(w.letters.Letters("")))
		}
		if !w.signsIn(t, "ada@example.test", good) {
			t.Error("it does not sign in")
		}
	}
}

func TestChosenUsernames(t *testing.T) {
	w := newWorld(t)
	w.join(t, "taken@example.test", good)
	for i, c := range []struct{ name, code string }{
		{"grace", ""}, {" Grace.H-1_x ", ""}, {"ab", ""}, {strings.Repeat("x", 32), ""},
		{"a", "INVALID_USERNAME"}, {strings.Repeat("x", 33), "INVALID_USERNAME"}, {"ada lovelace", "INVALID_USERNAME"}, {"\u0430da", "INVALID_USERNAME"},
		{"a/b", "INVALID_USERNAME"}, {".ada", "INVALID_USERNAME"}, {"admin", "USERNAME_RESERVED"}, {"s.y.s.t.e.m", "USERNAME_RESERVED"},
		{"taken", "USERNAME_TAKEN"}, {"TAKEN", "USERNAME_TAKEN"},
	} {
		d := draft(fmt.Sprintf("u%d@example.test", i), good)
		d.Username = c.name
		joined, err := w.SignUp(t.Context(), d)
		if c.code == "" {
			if err != nil || joined.User.Username != strings.ToLower(strings.TrimSpace(c.name)) {
				t.Errorf("%q is %q, %v", c.name, joined.User.Username, err)
			}
			continue
		}
		if err == nil || fault.From(err).Code != c.code {
			t.Errorf("%q: %v, want %s", c.name, err, c.code)
		}
	}
}

func TestATakenUsernameIsRefusedWhetherTheAddressIsTakenOrNot(t *testing.T) {
	w := newWorld(t, mustVerify)
	w.join(t, "ada@example.test", good)
	for _, email := range []string{"ada@example.test", "free@example.test"} {
		d := draft(email, good)
		d.Username = "ada"
		_, err := w.SignUp(t.Context(), d)
		refused(t, err, fault.Conflict, "USERNAME_TAKEN")
	}
}

func TestPreferencesOfASignUpAreAnObjectOfBoundedSize(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct {
		text string
		ok   bool
	}{
		{"", true}, {"{}", true}, {`{"theme":"dark"}`, true}, {"[]", false}, {"null", false}, {"{", false}, {`"x"`, false},
		{`{"x":"` + strings.Repeat("x", accounts.MaxPreferences) + `"}`, false},
	} {
		d := draft(fmt.Sprintf("u%d@example.test", i), good)
		d.Preferences = c.text
		joined, err := w.SignUp(t.Context(), d)
		if (err == nil) != c.ok || err == nil && c.text != "" && joined.User.Preferences != c.text {
			t.Errorf("%.30q: %q, %v", c.text, joined.User.Preferences, err)
		}
	}
}

func TestNewPeopleAreToldOfNewDevices(t *testing.T) {
	w := newWorld(t)
	if u := w.join(t, "ada@example.test", good); !u.Notify.NewDevice {
		t.Fatalf("%+v", u.Notify)
	}
}

func TestWhoHoldsTheServerNeedsToProveNoAddress(t *testing.T) {
	w := newWorld(t, mustVerify)
	setup, _ := w.OpenSetup(t.Context())
	ada, err := w.Setup(t.Context(), setup, draft("ada@example.test", good))
	if err != nil || !ada.EmailVerified {
		t.Fatalf("%+v, %v", ada, err)
	}
	ben, err := w.CreateAdmin(t.Context(), draft("ben@example.test", good))
	if err != nil || !ben.EmailVerified {
		t.Fatalf("%+v, %v", ben, err)
	}
	if !w.signsIn(t, ada.Email, good) || !w.signsIn(t, ben.Email, good) {
		t.Error("they do not sign in")
	}
}

// boss makes an admin.
func (w *world) boss(t testing.TB, email string) accounts.User {
	t.Helper()
	u, err := w.CreateAdmin(t.Context(), draft(email, good))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) invite(t testing.TB, admin accounts.User, d accounts.InvitationDraft) (accounts.Invitation, string) {
	t.Helper()
	i, link, err := w.Invite(t.Context(), admin, d)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(link, "http://chat.example.test/signup?invitation=") {
		t.Errorf("the link is %s", link)
	}
	return i, secretOf(t, link)
}

func invited(email, invitation string) accounts.Draft {
	d := draft(email, good)
	d.Invitation = invitation
	return d
}

func byInvitation(o *accounts.Options) { o.SignUp = accounts.SignUpInvite }

func TestAnInvitationOpensASignUpByInvitationWithItsRole(t *testing.T) {
	w := newWorld(t, byInvitation)
	admin := w.boss(t, "root@example.test")
	for i, role := range []accounts.Role{"", accounts.RoleUser, accounts.RoleModerator} {
		_, secret := w.invite(t, admin, accounts.InvitationDraft{Role: role})
		if _, err := w.CheckInvitation(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		joined, err := w.SignUp(t.Context(), invited(fmt.Sprintf("u%d@example.test", i), secret))
		want := max(role, accounts.RoleUser)
		if role == accounts.RoleModerator {
			want = role
		}
		if err != nil || joined.User.Role != want || joined.User.EmailVerified {
			t.Errorf("%q: %+v, %v", role, joined.User, err)
		}
		_, err = w.SignUp(t.Context(), invited(fmt.Sprintf("v%d@example.test", i), secret))
		refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
		_, err = w.CheckInvitation(t.Context(), secret)
		refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
	}
}

func TestFiftySignUpsAtOnceWithOneInvitationMakeAsManyPeopleAsItHasUses(t *testing.T) {
	for _, uses := range []int{1, 3} {
		w := newWorld(t, byInvitation, func(o *accounts.Options) { o.Cores = 50 })
		_, secret := w.invite(t, w.boss(t, "root@example.test"), accounts.InvitationDraft{MaxUses: uses})
		won := atOnce(50, func(i int) error {
			_, err := w.SignUp(t.Context(), invited(fmt.Sprintf("u%d@example.test", i), secret))
			if err != nil {
				refused(t, err, fault.NotFound, "INVITATION_NOT_FOUND")
			}
			return err
		})
		if total, _, _ := w.Count(t.Context()); won != uses || total != uses+1 {
			t.Errorf("%d won, %d people, want %d and the admin", won, total, uses)
		}
	}
}

func TestABoundInvitationIsForItsAddressAloneAndProvesItWhereItWasMailed(t *testing.T) {
	for _, delivers := range []bool{true, false} {
		w := newWorld(t, byInvitation, mustVerify)
		w.letters.Undelivered = !delivers
		admin := w.boss(t, "root@example.test")
		i, secret := w.invite(t, admin, accounts.InvitationDraft{Email: "Ada@Example.test", MaxUses: 7})
		if i.Email != "ada@example.test" || i.MaxUses != 1 {
			t.Fatalf("%+v", i)
		}
		if l := w.mailed(t, "ada@example.test", accounts.LetterInvitation); secretOf(t, l.URL) != secret || l.About["by"] != admin.Shown() || l.Until != "7 days" {
			t.Errorf("mailed %+v", l)
		}
		_, err := w.SignUp(t.Context(), invited("ben@example.test", secret))
		refused(t, err, fault.Invalid, "INVITATION_FOR_ANOTHER_ADDRESS")
		joined, err := w.SignUp(t.Context(), invited("ADA@example.test", secret))
		if err != nil || joined.User.EmailVerified != delivers || joined.Verify == delivers {
			t.Errorf("delivers %v: %+v, %v", delivers, joined, err)
		}
	}
}

func TestAFailedSignUpGivesTheInvitationBack(t *testing.T) {
	w := newWorld(t, byInvitation)
	admin := w.boss(t, "root@example.test")
	i, secret := w.invite(t, admin, accounts.InvitationDraft{})
	for _, d := range []accounts.Draft{
		{Email: "ada@example.test", Name: "Ada", Password: "short", Invitation: secret},
		{Email: "ada", Name: "Ada", Password: good, Invitation: secret},
		{Email: "ada@example.test", Name: "admin", Password: good, Invitation: secret},
		{Email: "root@example.test", Name: "Ada", Password: good, Invitation: secret},
		{Email: "ada@example.test", Name: "Ada", Password: good, Username: "root", Invitation: secret},
	} {
		if _, err := w.SignUp(t.Context(), d); err == nil {
			t.Fatalf("%+v signs up", d)
		}
		if now, err := w.CheckInvitation(t.Context(), secret); err != nil || now.Uses != 0 {
			t.Errorf("after %s: %d uses, %v", d.Email, now.Uses, err)
		}
	}
	if _, err := w.SignUp(t.Context(), invited("ada@example.test", secret)); err != nil {
		t.Fatal(err)
	}
	events, _ := w.Events(t.Context(), accounts.EventQuery{Action: accounts.ActionInvitationUsed})
	if len(events) != 1 || events[0].Details["invitation"] != i.ID {
		t.Errorf("recorded %+v", events)
	}
}

func TestInvitationsThatAreNotGoodMakeNobody(t *testing.T) {
	w := newWorld(t, byInvitation)
	admin := w.boss(t, "root@example.test")
	revoked, revokedSecret := w.invite(t, admin, accounts.InvitationDraft{})
	if err := w.RevokeInvitation(t.Context(), admin, revoked.ID); err != nil {
		t.Fatal(err)
	}
	_, expired := w.invite(t, admin, accounts.InvitationDraft{Life: time.Hour})
	i, fine := w.invite(t, admin, accounts.InvitationDraft{Life: 30 * 24 * time.Hour})
	w.later(time.Hour)
	for name, secret := range map[string]string{
		"revoked": revokedSecret, "expired": expired, "its id": i.ID, "its hash": i.TokenHash, "made up": "x", "cut": fine[1:],
	} {
		_, err := w.SignUp(t.Context(), invited("ada@example.test", secret))
		if err == nil || fault.From(err).Code != "INVITATION_NOT_FOUND" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.SignUp(t.Context(), draft("ada@example.test", good))
	refused(t, err, fault.Forbidden, "SIGN_UP_DISABLED")
	if total, _, _ := w.Count(t.Context()); total != 1 {
		t.Errorf("%d people", total)
	}
}

func TestNoPathMakesAnAccountWhereSignUpIsClosed(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	_, invitation := w.invite(t, admin, accounts.InvitationDraft{})
	if err := w.RequestMagicLink(t.Context(), accounts.MagicLink{Email: "ada@example.test"}); err != nil {
		t.Fatal(err)
	}
	magic := secretOf(t, w.mailed(t, "ada@example.test", accounts.LetterMagicLink).URL)
	closed := accounts.NewService(accounts.Options{
		Store: w.store, SignUp: accounts.SignUpClosed, Now: w.now, Cores: 1, Cost: 4, Mailer: &w.letters, URL: "http://chat.example.test",
	})
	for _, d := range []accounts.Draft{draft("ada@example.test", good), invited("ada@example.test", invitation)} {
		_, err := closed.SignUp(t.Context(), d)
		refused(t, err, fault.Forbidden, "SIGN_UP_DISABLED")
	}
	_, _, err := closed.Invite(t.Context(), admin, accounts.InvitationDraft{})
	refused(t, err, fault.Forbidden, "SIGN_UP_DISABLED")
	before := len(w.letters.Letters("ben@example.test"))
	if err := closed.RequestMagicLink(t.Context(), accounts.MagicLink{Email: "ben@example.test"}); err != nil || len(w.letters.Letters("ben@example.test")) != before {
		t.Errorf("a link was mailed, %v", err)
	}
	_, _, err = closed.UseMagicLink(t.Context(), magic)
	refused(t, err, fault.Forbidden, "SIGN_UP_DISABLED")
	if total, _, _ := w.Count(t.Context()); total != 1 {
		t.Errorf("%d people", total)
	}
}

func TestInvitationDraftsOutsideTheirBoundsAreRefused(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	for _, c := range []struct {
		d    accounts.InvitationDraft
		code string
	}{
		{accounts.InvitationDraft{Role: accounts.RoleAdmin}, "INVALID_ROLE"}, {accounts.InvitationDraft{Role: "owner"}, "INVALID_ROLE"},
		{accounts.InvitationDraft{MaxUses: -1}, "INVALID_MAX_USES"}, {accounts.InvitationDraft{MaxUses: 1001}, "INVALID_MAX_USES"},
		{accounts.InvitationDraft{Life: time.Minute}, "INVALID_LIFE"}, {accounts.InvitationDraft{Life: 31 * 24 * time.Hour}, "INVALID_LIFE"},
		{accounts.InvitationDraft{Email: "a@b@c"}, "INVALID_EMAIL"},
	} {
		_, _, err := w.Invite(t.Context(), admin, c.d)
		refused(t, err, fault.Invalid, c.code)
	}
	_, _, err := w.Invite(t.Context(), admin, accounts.InvitationDraft{Email: "root@example.test"})
	refused(t, err, fault.Conflict, "EMAIL_TAKEN")
	if list, err := w.Invitations(t.Context(), admin, "", 10); len(list) != 0 || err != nil {
		t.Errorf("%+v, %v", list, err)
	}
}
