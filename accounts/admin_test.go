package accounts_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

func newID(w *world) string { return id.New(w.now()) }

// person makes somebody with a role.
func (w *world) person(t testing.TB, name string, role accounts.Role) accounts.User {
	t.Helper()
	u := w.join(t, name+"@example.test", good)
	if role == accounts.RoleUser {
		return u
	}
	u, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Role: &role}, w.now())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// powers are what takes a right, done by somebody to somebody.
var powers = []struct {
	right     accounts.Right
	code      string
	moderator bool
	targeted  bool
	do        func(w *world, t testing.TB, by, u accounts.User) error
}{
	{accounts.RightCreate, "CREATE_USERS", false, false, func(w *world, t testing.TB, by, _ accounts.User) error {
		return second(w.CreateUser(t.Context(), by, draft(newID(w)+"@example.test", good), accounts.RoleUser))
	}},
	{accounts.RightList, "LIST_USERS", true, false, func(w *world, t testing.TB, by, _ accounts.User) error {
		_, _, err := w.FindUsers(t.Context(), by, accounts.UserQuery{})
		return err
	}},
	{accounts.RightUpdate, "UPDATE_USERS", false, true, func(w *world, t testing.TB, by, u accounts.User) error {
		name := "Changed"
		return second(w.ChangeUser(t.Context(), by, u.ID, accounts.ProfileChange{Name: &name}))
	}},
	{accounts.RightSetRole, "CHANGE_USERS_ROLE", false, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return second(w.SetRole(t.Context(), by, u.ID, u.Role))
	}},
	{accounts.RightBan, "BAN_USERS", true, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return second(w.BanUser(t.Context(), by, u.ID, accounts.Ban{}))
	}},
	{accounts.RightBan, "BAN_USERS", true, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return second(w.UnbanUser(t.Context(), by, u.ID))
	}},
	{accounts.RightSetPassword, "SET_USERS_PASSWORD", false, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return w.SetUserPassword(t.Context(), by, u.ID, better)
	}},
	{accounts.RightSetPassword, "SET_USERS_PASSWORD", false, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return second(w.ResetLink(t.Context(), by, u.ID))
	}},
	{accounts.RightListSessions, "LIST_USERS_SESSIONS", true, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return second(w.UserSessions(t.Context(), by, u.ID))
	}},
	{accounts.RightRevokeSessions, "REVOKE_USERS_SESSIONS", true, true, func(w *world, t testing.TB, by, u accounts.User) error {
		open, err := w.Sessions(t.Context(), u.ID)
		if err != nil || len(open) != 1 {
			t.Fatal(open, err)
		}
		return w.EndUserSession(t.Context(), by, open[0].ID)
	}},
	{accounts.RightRevokeSessions, "REVOKE_USERS_SESSIONS", true, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return w.EndUserSessions(t.Context(), by, u.ID)
	}},
	{accounts.RightImpersonate, "IMPERSONATE_USERS", false, true, func(w *world, t testing.TB, by, u accounts.User) error {
		_, err := w.MayImpersonate(t.Context(), by, u.ID)
		if fault.From(err) != nil && fault.From(err).Code == "YOU_CANNOT_IMPERSONATE_ADMINS" && by.IsAdmin() && u.IsAdmin() {
			return nil // a rule of its own
		}
		return err
	}},
	{accounts.RightDelete, "DELETE_USERS", false, true, func(w *world, t testing.TB, by, u accounts.User) error {
		return w.RemoveUser(t.Context(), by, u.ID)
	}},
}

func TestWhoMayDoWhatToWhom(t *testing.T) {
	roles := []accounts.Role{accounts.RoleUser, accounts.RoleModerator, accounts.RoleAdmin}
	for _, role := range roles {
		for _, targetRole := range roles {
			w := newWorld(t)
			w.boss(t, "root@example.test")
			by := w.person(t, "by", role)
			for i, p := range powers {
				u := w.person(t, "u"+string(rune('a'+i)), targetRole)
				w.open(t, u, u.ID, true)
				u, _ = w.User(t.Context(), u.ID)
				may := role == accounts.RoleAdmin || role == accounts.RoleModerator && p.moderator && (!p.targeted || targetRole == accounts.RoleUser)
				err := p.do(w, t, by, u)
				if may && err != nil {
					t.Errorf("%s may not use %s on %s: %v", role, p.right, targetRole, err)
				}
				if !may && (!fault.Is(err, fault.Forbidden) || fault.From(err).Code != "YOU_ARE_NOT_ALLOWED_TO_"+p.code) {
					t.Errorf("%s uses %s on %s: %v", role, p.right, targetRole, err)
				}
				after, _ := w.User(t.Context(), u.ID)
				if !may && (after != u || !w.signsIn(t, u.Email, good) || w.sessions(t, u.ID) != 1) {
					t.Errorf("%s on %s by %s changed something: %+v", p.right, targetRole, role, after)
				}
			}
		}
	}
}

func TestRights(t *testing.T) {
	all := []accounts.Right{
		accounts.RightCreate, accounts.RightList, accounts.RightGet, accounts.RightUpdate, accounts.RightSetRole, accounts.RightBan, accounts.RightImpersonate,
		accounts.RightDelete, accounts.RightSetPassword, accounts.RightListSessions, accounts.RightRevokeSessions, accounts.RightDeleteSessions,
	}
	moderators := []accounts.Right{accounts.RightList, accounts.RightGet, accounts.RightBan, accounts.RightListSessions, accounts.RightRevokeSessions}
	for _, r := range append(all, "user:impersonate-admins", "", "user:*") {
		for role, want := range map[accounts.Role]bool{
			accounts.RoleUser: false, "": false, "ADMIN": false,
			accounts.RoleModerator: slices.Contains(moderators, r), accounts.RoleAdmin: slices.Contains(all, r),
		} {
			if got := (accounts.User{Role: role}).Has(r); got != want {
				t.Errorf("%q has %q: %v", role, r, got)
			}
		}
	}
}

func TestWhatIsForAdminsAloneIsRefusedToAllOthers(t *testing.T) {
	w := newWorld(t)
	for _, u := range []accounts.User{w.person(t, "u", accounts.RoleUser), w.person(t, "m", accounts.RoleModerator)} {
		_, _, invite := w.Invite(t.Context(), u, accounts.InvitationDraft{})
		for name, err := range map[string]error{
			"invite": invite, "list": second(w.Invitations(t.Context(), u, "", 10)), "revoke": w.RevokeInvitation(t.Context(), u, newID(w)),
			"policy":         second(w.SetPolicy(t.Context(), u, func(p accounts.Policy) accounts.Policy { return p })),
			"add a field":    second(w.AddProfileField(t.Context(), u, accounts.ProfileField{Name: "Room", Kind: accounts.FieldText})),
			"change a field": second(w.ChangeProfileField(t.Context(), u, accounts.ProfileField{ID: "title", Name: "Room", Kind: accounts.FieldText})),
			"move a field":   w.MoveProfileField(t.Context(), u, "title", false), "remove a field": w.RemoveProfileField(t.Context(), u, "title"),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s by %s: %v", name, u.Role, err)
			}
		}
	}
}

func TestNobodyBansOrRemovesThemselves(t *testing.T) {
	w := newWorld(t)
	w.boss(t, "root@example.test")
	for _, u := range []accounts.User{w.person(t, "a", accounts.RoleAdmin), w.person(t, "m", accounts.RoleModerator)} {
		_, err := w.BanUser(t.Context(), u, u.ID, accounts.Ban{})
		refused(t, err, fault.Invalid, "YOU_CANNOT_BAN_YOURSELF")
		if u.IsAdmin() {
			refused(t, w.RemoveUser(t.Context(), u, u.ID), fault.Invalid, "YOU_CANNOT_REMOVE_YOURSELF")
			refused(t, w.SetUserPassword(t.Context(), u, u.ID, better), fault.Invalid, "CHANGE_YOUR_OWN_PASSWORD")
		}
		if !w.signsIn(t, u.Email, good) {
			t.Error("they are gone")
		}
	}
}

func TestABanIsStoredBeforeSessionsAndStreamsEnd(t *testing.T) {
	var w *world
	var bannedFirst []bool
	w = newWorld(t, func(o *accounts.Options) {
		o.EndStreams = func(ctx context.Context, userID, _, _ string) {
			u, err := w.store.User(ctx, userID)
			bannedFirst = append(bannedFirst, err == nil && u.Banned && w.sessions(t, userID) == 0)
		}
	})
	admin, u := w.boss(t, "root@example.test"), w.join(t, "ada@example.test", good)
	w.open(t, u, token("a"), true)
	got, err := w.BanUser(t.Context(), admin, u.ID, accounts.Ban{Reason: " spam ", Expires: w.now().Add(time.Hour)})
	if err != nil || !got.Banned || got.BanReason != "spam" || !got.BanExpires.Equal(w.now().Add(time.Hour)) || !slices.Equal(bannedFirst, []bool{true}) {
		t.Errorf("%+v, %v, %v", got, err, bannedFirst)
	}
	_, _, _, err = w.SessionUser(t.Context(), token("a"))
	refused(t, err, fault.Unauthenticated, "UNAUTHORIZED")
	got, err = w.UnbanUser(t.Context(), admin, u.ID)
	if err != nil || got.Banned || got.BanReason != "" || !got.BanExpires.IsZero() || !w.signsIn(t, u.Email, good) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, b := range []accounts.Ban{{Expires: w.now()}, {Expires: w.now().Add(-time.Hour)}, {Reason: "a\nb"}} {
		if _, err := w.BanUser(t.Context(), admin, u.ID, b); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

func TestADemotedAdminHasNoRightFromTheNextRequestOn(t *testing.T) {
	w := newWorld(t)
	root, admin := w.boss(t, "root@example.test"), w.boss(t, "admin@example.test")
	w.open(t, admin, token("a"), true)
	if _, err := w.SetRole(t.Context(), root, admin.ID, accounts.RoleUser); err != nil {
		t.Fatal(err)
	}
	_, u, _, err := w.SessionUser(t.Context(), token("a"))
	if err != nil || u.Role != accounts.RoleUser || u.Has(accounts.RightList) {
		t.Errorf("%+v, %v", u, err)
	}
	_, err = w.SetRole(t.Context(), root, admin.ID, "owner")
	refused(t, err, fault.Invalid, "INVALID_ROLE")
}

func TestAnAdminSetsAPasswordByTheSameRulesAndEndsEverything(t *testing.T) {
	w := newWorld(t)
	admin, u := w.boss(t, "root@example.test"), w.join(t, "grace.hopper@example.test", good)
	w.open(t, u, token("a"), true)
	w.ticket(t, accounts.PurposeTrusted, u.ID, token("c"))
	refused(t, w.SetUserPassword(t.Context(), admin, u.ID, "grace.hopper1"), fault.Invalid, "PASSWORD_TOO_COMMON")
	if err := w.SetUserPassword(t.Context(), admin, u.ID, better); err != nil {
		t.Fatal(err)
	}
	if w.signsIn(t, u.Email, good) || !w.signsIn(t, u.Email, better) || w.sessions(t, u.ID) != 0 || w.has(t, accounts.PurposeTrusted, token("c")) {
		t.Error("something of the old password is left")
	}
	w.mailed(t, u.Email, accounts.LetterNotice)
	refused(t, w.SetUserPassword(t.Context(), admin, newID(w), better), fault.NotFound, "USER_NOT_FOUND")
}

func TestAnAdminMakesAccountsWhereSignUpIsClosed(t *testing.T) {
	w := newWorld(t, mustVerify, func(o *accounts.Options) { o.SignUp = accounts.SignUpClosed })
	admin := w.boss(t, "root@example.test")
	with, err := w.CreateUser(t.Context(), admin, draft("ada@example.test", good), accounts.RoleModerator)
	if err != nil || with.Role != accounts.RoleModerator || with.EmailVerified || w.hash(t, with.ID) == "" {
		t.Fatalf("%+v, %v", with, err)
	}
	w.mailed(t, with.Email, accounts.LetterVerify)
	without, err := w.CreateUser(t.Context(), admin, draft("ben@example.test", ""), "")
	if err != nil || without.Role != accounts.RoleUser || w.hash(t, without.ID) != "" || w.signsIn(t, without.Email, "") {
		t.Fatalf("%+v, %v", without, err)
	}
	if err := w.ResetPassword(t.Context(), w.resetToken(t, without.Email), better); err != nil || !w.signsIn(t, without.Email, better) {
		t.Errorf("a reset does not let them in: %v", err)
	}
	for _, c := range []struct {
		d    accounts.Draft
		role accounts.Role
		code string
	}{
		{draft("ada@example.test", good), "", "EMAIL_TAKEN"}, {draft("x@example.test", "short"), "", "PASSWORD_TOO_SHORT"},
		{draft("x@example.test", good), "owner", "INVALID_ROLE"}, {draft("x", good), "", "INVALID_EMAIL"},
	} {
		if _, err := w.CreateUser(t.Context(), admin, c.d, c.role); err == nil || fault.From(err).Code != c.code {
			t.Errorf("%+v: %v, want %s", c.d, err, c.code)
		}
	}
}

func TestAdminsCannotBeActedAsNorWhoIsKeptOut(t *testing.T) {
	w := newWorld(t)
	admin, u := w.boss(t, "root@example.test"), w.join(t, "ada@example.test", good)
	for _, target := range []accounts.User{admin, w.boss(t, "second@example.test")} {
		_, err := w.MayImpersonate(t.Context(), admin, target.ID)
		refused(t, err, fault.Forbidden, "YOU_CANNOT_IMPERSONATE_ADMINS")
	}
	if got, err := w.MayImpersonate(t.Context(), admin, u.ID); err != nil || got.ID != u.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.BanUser(t.Context(), admin, u.ID, accounts.Ban{}); err != nil {
		t.Fatal(err)
	}
	_, err := w.MayImpersonate(t.Context(), admin, u.ID)
	refused(t, err, fault.Forbidden, "YOU_CANNOT_IMPERSONATE_BANNED_USERS")
}

func TestQueriesForWhatThereIsNotAreRefused(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	w.join(t, "ada@example.test", good)
	if found, total, err := w.FindUsers(t.Context(), admin, accounts.UserQuery{Search: "ada@", SearchIn: accounts.UserEmail}); len(found) != 1 || total != 1 || err != nil {
		t.Errorf("%+v, %d, %v", found, total, err)
	}
	for _, q := range []accounts.UserQuery{
		{Limit: -1}, {Limit: 1001}, {Offset: -1}, {SortBy: "password"}, {SearchIn: accounts.UserRole}, {SearchAt: "regex"},
		{Filters: []accounts.UserFilter{{Field: "password_hash", Op: accounts.OpEqual}}}, {Filters: []accounts.UserFilter{{Field: accounts.UserRole, Op: "in"}}},
	} {
		_, _, err := w.FindUsers(t.Context(), admin, q)
		refused(t, err, fault.Invalid, "INVALID_QUERY")
	}
}

func TestASecondFactorIsRequiredByAdminsWhoHaveOne(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	if p, err := w.Policy(t.Context()); !reflect.DeepEqual(p, accounts.Policy{}) || err != nil {
		t.Fatalf("%+v, %v", p, err)
	}
	refused(t, second(w.SetPolicy(t.Context(), admin, requiring)), fault.Forbidden, "TWO_FACTOR_REQUIRED_FIRST")
	admin = w.secondFactor(t, admin)
	if _, err := w.SetPolicy(t.Context(), admin, requiring); err != nil {
		t.Fatal(err)
	}
	plain, with := accounts.User{}, accounts.User{TwoFactorEnabled: true}
	for name, c := range map[string]struct {
		u    accounts.User
		s    accounts.Session
		must bool
	}{
		"without":   {plain, accounts.Session{Way: accounts.WayPassword}, true},
		"provider":  {plain, accounts.Session{Way: "github"}, true},
		"passkey":   {plain, accounts.Session{Way: accounts.WayPasskey}, false},
		"with":      {with, accounts.Session{Way: accounts.WayPassword}, false},
		"acted for": {plain, accounts.Session{Way: accounts.WayImpersonation, ImpersonatedBy: admin.ID}, false},
	} {
		if must, err := w.MustEnroll(t.Context(), c.u, c.s); must != c.must || err != nil {
			t.Errorf("%s: %v, %v", name, must, err)
		}
	}
}

func requiring(p accounts.Policy) accounts.Policy {
	p.RequireTwoFactor = true
	return p
}

func TestTwoAdminsWhoChangeDifferentThingsOfThePolicyKeepBoth(t *testing.T) {
	w := newWorld(t)
	admin := w.secondFactor(t, w.boss(t, "root@example.test"))
	elsewhere := accounts.NewService(accounts.Options{Store: w.store, Now: w.now, Cores: 1, Cost: 4, Mailer: &w.letters})
	must(t)(elsewhere.Policy(t.Context())) // what it keeps is old from now on
	must(t)(w.SetPolicy(t.Context(), admin, requiring))
	p, err := elsewhere.SetPolicy(t.Context(), admin, func(p accounts.Policy) accounts.Policy {
		p.EmojiByAdmins = true
		return p
	})
	if want := (accounts.Policy{RequireTwoFactor: true, EmojiByAdmins: true}); !reflect.DeepEqual(p, want) || err != nil {
		t.Errorf("there is %+v, want %+v, %v", p, want, err)
	}
	// Who has no second factor may change the rest where one is required already.
	admin.TwoFactorEnabled = false
	must(t)(w.SetPolicy(t.Context(), admin, func(p accounts.Policy) accounts.Policy { return p }))
}

func TestThePolicyIsKeptInMemoryForAMinute(t *testing.T) {
	w := newWorld(t)
	admin := w.secondFactor(t, w.boss(t, "root@example.test"))
	elsewhere := accounts.NewService(accounts.Options{Store: w.store, Now: w.now, Cores: 1, Cost: 4, Mailer: &w.letters})
	if p, err := elsewhere.Policy(t.Context()); p.RequireTwoFactor || err != nil {
		t.Fatal(p, err)
	}
	if _, err := w.SetPolicy(t.Context(), admin, requiring); err != nil {
		t.Fatal(err)
	}
	if p, _ := w.Policy(t.Context()); !p.RequireTwoFactor {
		t.Error("it does not hold at once")
	}
	w.later(59 * time.Second)
	if p, _ := elsewhere.Policy(t.Context()); p.RequireTwoFactor {
		t.Error("it was read with every request")
	}
	w.later(time.Second)
	if p, _ := elsewhere.Policy(t.Context()); !p.RequireTwoFactor {
		t.Error("another server does not learn of it")
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = w.Policy(t.Context()) }); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}
