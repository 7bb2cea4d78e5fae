package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) rules(r *http.Request, me accounts.User) (page views.AdminRules, err error) {
	if err := accounts.RequireAdmin(me); err != nil {
		return page, err
	}
	p, err := d.Accounts.Policy(r.Context())
	if err != nil {
		return page, err
	}
	page.Public, page.Private, page.MaxMessage = p.PublicChannels, p.PrivateChannels, strconv.Itoa(p.MessageLimit())
	page.Domains, page.Unproven = strings.Join(p.SignUpDomains, " "), !d.Accounts.RequiresVerification()
	page.Was = map[string]string{
		"public_channels": page.Public.String(), "private_channels": page.Private.String(), "max_message": page.MaxMessage, "sign_up_domains": page.Domains,
	}
	page.Own, err = d.adminFrame(r, me, views.TabRules)
	return page, err
}

func (d *door) showRules(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.rules(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminRulesPage(page))
	return nil
}

func (d *door) changeRules(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, err := d.rules(r, me)
	if err != nil {
		return err
	}
	change, err := readRules(r.PostForm, &page)
	if err == nil {
		_, err = d.Accounts.SetPolicy(r.Context(), me, change)
	}
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, string(views.TabRules))
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "rules", problem
		return views.AdminRulesPage(page)
	})
}

// readRules takes the fields of the form over to the page, and returns what changes by them: those that do not say what they said
// when the form was shown, so that it brings back nothing that another admin has changed since.
func readRules(f url.Values, page *views.AdminRules) (func(accounts.Policy) accounts.Policy, error) {
	changed := map[string]bool{}
	for name := range page.Was {
		if f.Has("was." + name) {
			page.Was[name] = f.Get("was." + name)
			changed[name] = f.Get(name) != page.Was[name]
		} else {
			changed[name] = true
		}
	}
	page.MaxMessage, page.Domains = strings.TrimSpace(f.Get("max_message")), f.Get("sign_up_domains")
	most, err := strconv.Atoi(page.MaxMessage)
	if err != nil || most == 0 {
		most = -1 // which is out of bounds
	}
	if page.Public, err = accounts.ParseMakers("public_channels", f.Get("public_channels")); err != nil {
		return nil, err
	}
	if page.Private, err = accounts.ParseMakers("private_channels", f.Get("private_channels")); err != nil {
		return nil, err
	}
	if !f.Has("sign_up_domains") {
		return nil, fault.Field("sign_up_domains", "DOMAINS_REQUIRED", "Say whose addresses make an account, or leave it empty for all.")
	}
	return func(p accounts.Policy) accounts.Policy {
		if changed["public_channels"] {
			p.PublicChannels = page.Public
		}
		if changed["private_channels"] {
			p.PrivateChannels = page.Private
		}
		if changed["max_message"] {
			p.MaxMessage = most
		}
		if changed["sign_up_domains"] {
			p.SignUpDomains = strings.FieldsFunc(page.Domains, func(c rune) bool { return unicode.IsSpace(c) || c == ',' })
		}
		return p
	}, nil
}
