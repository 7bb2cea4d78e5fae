package handlers

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// profileRoutes are the pages of one's own account. What is needed to set up a second factor lies below the path of
// enrolment.
func (d *door) profileRoutes(get, post func(string, http.HandlerFunc)) {
	get("/profile", member(d.showProfile))
	post("/profile", member(d.changeProfile))
	post("/profile/fields", member(d.changeFields))
	post("/profile/status", member(d.changeMood))
	post("/profile/avatar/remove", member(d.removeAvatar))
	post("/profile/email", member(d.changeEmail))
	post("/profile/email/verify", member(d.verifyOwnEmail))

	get("/profile/security", member(d.showSecurity))
	post("/profile/security/password", member(d.changePassword))
	post("/profile/security/two-factor", member(d.setUpTwoFactor))
	post("/profile/security/two-factor/confirm", member(d.confirmTwoFactor))
	post("/profile/security/two-factor/codes", member(d.renewBackupCodes))
	post("/profile/security/two-factor/off", member(d.disableTwoFactor))
	post("/profile/security/passkeys/{passkey}/rename", member(d.renamePasskey))
	post("/profile/security/passkeys/{passkey}/remove", member(d.removePasskey))
	post("/profile/security/accounts/{account}/link", member(d.linkAccount))
	post("/profile/security/accounts/{account}/unlink", member(d.unlinkAccount))
	get("/profile/security/confirm", member(d.showConfirm))
	post("/profile/security/confirm", member(d.confirm))
	post("/profile/security/confirm/again", member(d.confirmAgain))

	get("/profile/sessions", member(d.showSessions))
	post("/profile/sessions/end-others", member(d.endOtherSessions))
	post("/profile/sessions/{session}/end", member(d.endSession))
	get("/profile/tokens", member(d.showTokens))
	post("/profile/tokens", member(d.createToken))
	post("/profile/tokens/{token}/delete", member(d.deleteToken))
	get("/profile/notifications", member(d.showNotifications))
	post("/profile/notifications", member(d.changeNotifications))
	get("/profile/data", member(d.showData))
	get("/profile/delete", member(d.showDeletion))
	post("/profile/delete", member(d.deleteAccount))
	get("/profile/log", member(d.showSecurityLog))
}

// doneNews is what a page says of a form that was carried out where the session, and its notice with it, was replaced.
var doneNews = map[string]string{
	"password":   "Your password is changed",
	"two-factor": "Your second factor is off",
	"linked":     "The account is linked",
}

// own returns the frame of a page of one's own account.
func (d *door) own(r *http.Request, me accounts.User, tab views.Tab) (views.Own, error) {
	s, err := d.shell(r, me, "Profile", views.PlaceProfile, "")
	if err != nil {
		return views.Own{}, err
	}
	if s.Notice == "" && reads(r) {
		s.Notice = doneNews[r.URL.Query().Get("done")]
	}
	current, _ := sessions.From(r.Context())
	guards := tab == views.TabAccount || tab == views.TabSecurity || tab == views.TabTokens || tab == views.TabData
	return views.Own{
		Shell: s, Tab: tab, MustEnroll: current.MustEnroll, Stale: guards && d.Accounts.Fresh(current.Session) != nil,
	}, nil
}

// asksWho sends whose session is too old for what they want to the page that asks who is there, and from there back.
func asksWho(w http.ResponseWriter, r *http.Request, err error, back views.Tab) bool {
	if fault.From(err) == nil || fault.From(err).Code != "SESSION_NOT_FRESH" {
		return false
	}
	http.Redirect(w, r, returning("/profile/security/confirm", string(back)), http.StatusSeeOther)
	return true
}

// guarding names the fields that prove who somebody is, by what is wrong with them.
var guarding = map[string]string{
	"INVALID_PASSWORD": "current", "INVALID_CODE": "code", "INVALID_BACKUP_CODE": "code",
}

// ownAgain shows a form of one's own account that failed, once more. show gets the problem with its field.
func ownAgain(w http.ResponseWriter, r *http.Request, err error, back views.Tab, show func(views.Wrong) templ.Component) error {
	if asksWho(w, r, err, back) {
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		if field := guarding[web.Fault(err).Code]; field != "" {
			problem.Field = field
		}
		return show(problem)
	})
}

func (d *door) profile(r *http.Request, me accounts.User) (views.Profile, error) {
	own, err := d.own(r, me, views.TabAccount)
	if err != nil {
		return views.Profile{}, err
	}
	fields, err := d.fields(r.Context(), me)
	if err != nil {
		return views.Profile{}, err
	}
	mood, err := d.mood(r, me)
	return views.Profile{
		Own: own, Email: me.Email, Verified: me.EmailVerified, Mails: d.mails(), Name: me.Name, Username: me.Username,
		DisplayName: me.DisplayName, Phone: me.Phone, Fields: fields, Mood: mood, CtrlEnter: me.CtrlEnterSends(),
	}, err
}

func (d *door) showProfile(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.profile(r, me)
	if err != nil {
		return err
	}
	page.Waiting = r.URL.Query().Get("waiting") != ""
	render(w, r, http.StatusOK, views.ProfilePage(page))
	return nil
}

// profileAgain shows the page with what went wrong in one of its forms.
func (d *door) profileAgain(w http.ResponseWriter, r *http.Request, me accounts.User, form string, err error) error {
	page, failed := d.profile(r, me)
	if failed != nil {
		return failed
	}
	switch form {
	case "about":
		page.Name, page.DisplayName, page.Phone = r.PostForm.Get("name"), r.PostForm.Get("displayName"), r.PostForm.Get("phone")
		if r.PostForm.Has("username") {
			page.Username = r.PostForm.Get("username")
		}
	case "fields":
		for i, f := range page.Fields {
			page.Fields[i].Value = r.PostForm.Get(f.Key())
		}
	case "status":
		page.Mood = moodOf(r)
	case "email":
		page.NewEmail = r.PostForm.Get("email")
	}
	return ownAgain(w, r, err, views.TabAccount, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = form, problem
		return views.ProfilePage(page)
	})
}

func (d *door) changeProfile(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	field := func(name string) *string {
		if !r.PostForm.Has(name) {
			return nil
		}
		text := r.PostForm.Get(name)
		return &text
	}
	_, err := d.Accounts.ChangeProfile(r.Context(), me.ID, accounts.ProfileChange{
		Name: field("name"), DisplayName: field("displayName"), Username: changed(field("username"), me.Username),
		Phone: field("phone"), Preferences: sendKey(r, me),
	})
	if err != nil {
		return d.profileAgain(w, r, me, "about", err)
	}
	d.note(r, "Your profile is saved")
	return done(w, r, "/profile")
}

// sendKey returns the preferences with the key that the form chooses to send with, nil where it does not choose one.
func sendKey(r *http.Request, me accounts.User) *string {
	if !r.PostForm.Has("send_key") {
		return nil
	}
	preferences := me.WithSendKey(r.PostForm.Get("send_key") == "ctrl-enter")
	return &preferences
}

// changed returns nil for a field that was left as it is: an imported username may break the rules for new ones.
func changed(field *string, present string) *string {
	if field != nil && *field == present {
		return nil
	}
	return field
}

func (d *door) changeEmail(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	err := d.Limits.Mail.Take(w, r, web.ClientKey(r))
	if err == nil {
		err = d.Accounts.RequestEmailChange(r.Context(), me, current.Session, r.PostForm.Get("email"), "")
	}
	if err != nil {
		return d.profileAgain(w, r, me, "email", err)
	}
	now, err := d.Accounts.User(r.Context(), me.ID)
	if err != nil {
		return err
	}
	if now.Email == me.Email {
		return done(w, r, "/profile?"+url.Values{"waiting": {"yes"}}.Encode()+"#email")
	}
	d.note(r, "Your address is changed")
	return done(w, r, "/profile")
}

func (d *door) verifyOwnEmail(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	err := d.Limits.Mail.Take(w, r, web.ClientKey(r))
	if err == nil {
		err = d.Accounts.SendVerification(r.Context(), me.Email, "")
	}
	if err != nil {
		return err
	}
	d.note(r, "We sent a link to "+me.Email)
	return done(w, r, "/profile")
}
