package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

// limitTypes says in the form of a channel why the viewer makes none of a type.
func (d *door) limitTypes(ctx context.Context, me accounts.User, f *views.ChannelForm) error {
	for kind, why := range map[chat.ChannelType]*string{chat.Public: &f.NoPublic, chat.Private: &f.NoPrivate} {
		err := d.Chat.MayMake(ctx, me, kind)
		var refused *fault.Error
		if errors.As(err, &refused) && refused.Kind == fault.Forbidden {
			*why = refused.Message
		} else if err != nil {
			return err
		}
	}
	return nil
}

// makesNone reports whether the viewer makes channels of neither type.
func (d *door) makesNone(ctx context.Context, me accounts.User) (bool, error) {
	var f views.ChannelForm
	err := d.limitTypes(ctx, me, &f)
	return f.NoPublic != "" && f.NoPrivate != "", err
}

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
	page.MaxMessage, page.Domains = strings.TrimSpace(r.PostForm.Get("max_message")), r.PostForm.Get("sign_up_domains")
	most, failed := strconv.Atoi(page.MaxMessage)
	if failed != nil {
		most = -1 // which is out of bounds
	}
	if page.Public, err = accounts.ParseMakers("public_channels", r.PostForm.Get("public_channels")); err == nil {
		page.Private, err = accounts.ParseMakers("private_channels", r.PostForm.Get("private_channels"))
	}
	if err == nil {
		_, err = d.Accounts.SetPolicy(r.Context(), me, func(p accounts.Policy) accounts.Policy {
			p.PublicChannels, p.PrivateChannels, p.MaxMessage = page.Public, page.Private, most
			p.SignUpDomains = strings.FieldsFunc(page.Domains, func(c rune) bool { return unicode.IsSpace(c) || c == ',' })
			return p
		})
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
