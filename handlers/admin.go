package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/views"
	"pegasus/web"
)

// adminRoutes are the pages about other people, and about what holds for everyone.
func (d *door) adminRoutes(get, post func(string, http.HandlerFunc)) {
	get("/admin", member(d.admin))
	post("/admin/stop", member(d.stopActing))
	get("/admin/people", member(d.listPeople))
	post("/admin/people", member(d.changePeople))
	get("/admin/people/{person}", member(d.showPerson))
	post("/admin/people/{person}/role", member(d.setRole))
	post("/admin/people/{person}/ban", member(d.banPerson))
	post("/admin/people/{person}/unban", member(d.unbanPerson))
	post("/admin/people/{person}/sign-out", member(d.signPersonOut))
	post("/admin/people/{person}/sessions/{session}/end", member(d.endPersonsSession))
	post("/admin/people/{person}/reset-factor", member(d.resetFactor))
	post("/admin/people/{person}/reset-link", member(d.makeResetLink))
	post("/admin/people/{person}/impersonate", member(d.actAs))
	post("/admin/people/{person}/delete", member(d.deletePerson))
	get("/admin/reports", member(d.listReports))
	post("/admin/reports/{message}", member(d.judgeReport))
	get("/admin/invitations", member(d.showInvitations))
	post("/admin/invitations", member(d.invite))
	post("/admin/invitations/{invitation}/revoke", member(d.revokeInvitation))
	get("/admin/channels", member(d.listAllChannels))
	get("/admin/channels/{channel}", member(d.showAnyChannel))
	post("/admin/channels/{channel}", member(d.changeAnyChannel))
	get("/admin/plugins", member(d.listAllInstalls))
	post("/admin/plugins/{install}", member(d.changeAnyInstall))
	get("/admin/settings", member(d.showSettings))
	post("/admin/settings/test", member(d.testServer))
	get("/admin/audit", member(d.showAudit))
	post("/admin/audit/export", member(d.exportAudit))
	get("/admin/profile-fields", member(d.showFields))
	post("/admin/profile-fields", member(d.addField))
	post("/admin/profile-fields/{field}", member(d.changeField))
	post("/admin/profile-fields/{field}/move", member(d.moveField))
	get("/admin/rules", member(d.showRules))
	post("/admin/rules", member(d.changeRules))
	get("/admin/security", member(d.showPolicy))
	post("/admin/security", member(d.changePolicy))
}

// adminFrame returns the frame of a page for those who keep order.
func (d *door) adminFrame(r *http.Request, me accounts.User, tab views.Tab) (views.Own, error) {
	s, err := d.shell(r, me, "Admin", views.PlaceAdmin, "")
	return views.Own{Shell: s, Tab: tab}, err
}

// invitationsPage is how many invitations are shown at once.
const invitationsPage = 50

func (d *door) invitations(r *http.Request, me accounts.User) (views.AdminInvitations, error) {
	all, err := d.Accounts.Invitations(r.Context(), me, r.URL.Query().Get("after"), invitationsPage+1)
	if err != nil {
		return views.AdminInvitations{}, err
	}
	all, more := upTo(all, invitationsPage)
	own, err := d.adminFrame(r, me, views.TabInvitations)
	page := views.AdminInvitations{Own: own, Invitations: all, Now: d.Now(), MaxUses: "1", Life: "168"}
	if more {
		page.Older = "/admin/invitations?" + url.Values{"after": {all[len(all)-1].ID}}.Encode()
	}
	return page, err
}

func (d *door) showInvitations(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.invitations(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminInvitationsPage(page))
	return nil
}

// invite shows the link of a new invitation in its answer, and nowhere else.
func (d *door) invite(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	life, err := many(r, "life", time.Hour)
	var uses int
	if err == nil {
		if uses, err = strconv.Atoi(r.PostForm.Get("max_uses")); err != nil || uses < 1 {
			err = fault.Field("max_uses", "INVALID_MAX_USES", "An invitation is good for 1 to 1000 people.")
		}
	}
	var made accounts.Invitation
	var link string
	if err == nil {
		made, link, err = d.Accounts.Invite(r.Context(), me, accounts.InvitationDraft{
			Email: r.PostForm.Get("email"), Role: accounts.Role(r.PostForm.Get("role")), MaxUses: uses, Life: life,
		})
	}
	page, failed := d.invitations(r, me)
	if failed != nil {
		return failed
	}
	if err == nil {
		page.Link, page.MailedTo = link, made.Email
		if page.QR, err = accounts.QR(link); err != nil {
			web.NoteError(r.Context(), err) // the link is shown once: this must not lose it
		}
		render(w, r, http.StatusOK, views.AdminInvitationsPage(page))
		return nil
	}
	page.Email, page.Role = r.PostForm.Get("email"), accounts.Role(r.PostForm.Get("role"))
	page.MaxUses, page.Life = r.PostForm.Get("max_uses"), r.PostForm.Get("life")
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "invite", problem
		return views.AdminInvitationsPage(page)
	})
}

func (d *door) revokeInvitation(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Accounts.RevokeInvitation(r.Context(), me, chi.URLParam(r, "invitation")); err != nil {
		return err
	}
	d.note(r, "The invitation is withdrawn")
	return done(w, r, "/admin/invitations")
}

func (d *door) policy(r *http.Request, me accounts.User) (views.AdminPolicy, error) {
	if err := accounts.RequireAdmin(me); err != nil {
		return views.AdminPolicy{}, err
	}
	own, err := d.adminFrame(r, me, views.TabPolicy)
	if err != nil {
		return views.AdminPolicy{}, err
	}
	p, err := d.Accounts.Policy(r.Context())
	if err != nil {
		return views.AdminPolicy{}, err
	}
	_, total, err := d.Accounts.FindUsers(r.Context(), me, accounts.UserQuery{Limit: 1})
	if err != nil {
		return views.AdminPolicy{}, err
	}
	_, without, err := d.Accounts.FindUsers(r.Context(), me, accounts.UserQuery{Limit: 1, Filters: oneFactor})
	return views.AdminPolicy{Own: own, RequireTwoFactor: p.RequireTwoFactor, Mine: me.TwoFactorEnabled, Without: without, Total: total}, err
}

func (d *door) showPolicy(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.policy(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminPolicyPage(page))
	return nil
}

func (d *door) changePolicy(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, err := d.policy(r, me)
	if err != nil {
		return err
	}
	page.RequireTwoFactor = r.PostForm.Get("require_two_factor") != ""
	_, err = d.Accounts.SetPolicy(r.Context(), me, func(p accounts.Policy) accounts.Policy {
		p.RequireTwoFactor = page.RequireTwoFactor
		return p
	})
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, "/admin/security")
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "policy", problem
		return views.AdminPolicyPage(page)
	})
}
