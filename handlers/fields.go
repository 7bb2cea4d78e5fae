package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/views"
)

// fields returns the form of what somebody says of themselves.
func (d *door) fields(ctx context.Context, me accounts.User) ([]views.FieldEntry, error) {
	all, err := d.Accounts.ProfileFields(ctx)
	if err != nil {
		return nil, err
	}
	said, err := d.Accounts.Profile(ctx, me.ID)
	if err != nil {
		return nil, err
	}
	values := make(map[string]string, len(said))
	for _, v := range said {
		values[v.ID] = v.Value
	}
	entries := make([]views.FieldEntry, len(all))
	for i, f := range all {
		entries[i] = views.FieldEntry{ProfileField: f, Value: values[f.ID]}
	}
	return entries, nil
}

func (d *door) changeFields(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	values := map[string]string{}
	for key := range r.PostForm {
		if id, is := strings.CutPrefix(key, views.FieldPrefix); is {
			values[id] = r.PostForm.Get(key)
		}
	}
	err := d.Limits.React.Take(w, r, me.ID)
	if err == nil {
		_, err = d.Accounts.SetProfile(r.Context(), me, values)
	}
	if err != nil {
		return d.profileAgain(w, r, me, "fields", inForm(err))
	}
	d.note(r, "Your profile is saved")
	return done(w, r, "/profile")
}

// inForm names the input of a field that is wrong.
func inForm(err error) error {
	f := fault.From(err)
	if f == nil || f.Field == "" {
		return err
	}
	named := *f
	named.Field = views.FieldPrefix + f.Field
	return &named
}

func (d *door) adminFields(r *http.Request, me accounts.User) (page views.AdminFields, err error) {
	if err := accounts.RequireAdmin(me); err != nil {
		return page, err
	}
	if page.Fields, err = d.Accounts.ProfileFields(r.Context()); err != nil {
		return page, err
	}
	page.Own, err = d.adminFrame(r, me, views.TabFields)
	return page, err
}

func (d *door) showFields(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.adminFields(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminFieldsPage(page))
	return nil
}

// typedField reads the form of a field.
func typedField(r *http.Request) accounts.ProfileField {
	return accounts.ProfileField{
		ID: chi.URLParam(r, "field"), Name: r.PostForm.Get("name"), Hint: r.PostForm.Get("hint"), Kind: accounts.FieldKind(r.PostForm.Get("kind")),
	}
}

func (d *door) addField(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f := typedField(r)
	_, err := d.Accounts.AddProfileField(r.Context(), me, f)
	return d.fieldDone(w, r, me, f, err)
}

func (d *door) changeField(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f := typedField(r)
	var err error
	if r.PostForm.Get("action") == "remove" {
		err = d.Accounts.RemoveProfileField(r.Context(), me, f.ID)
	} else {
		_, err = d.Accounts.ChangeProfileField(r.Context(), me, f)
	}
	return d.fieldDone(w, r, me, f, err)
}

func (d *door) moveField(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	err := d.Accounts.MoveProfileField(r.Context(), me, chi.URLParam(r, "field"), r.PostForm.Get("to") == "up")
	if err != nil {
		return err
	}
	return done(w, r, string(views.TabFields))
}

// fieldDone goes back to the fields, or shows a form that was refused with what was typed.
func (d *door) fieldDone(w http.ResponseWriter, r *http.Request, me accounts.User, typed accounts.ProfileField, err error) error {
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, string(views.TabFields))
	}
	if fault.Is(err, fault.NotFound) {
		return err
	}
	page, failed := d.adminFields(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.At, page.Typed, page.Wrong = typed.ID, typed, problem
		return views.AdminFieldsPage(page)
	})
}
