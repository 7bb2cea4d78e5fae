package accounts_test

import (
	"fmt"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

func (w *world) fieldNames(t *testing.T) string {
	t.Helper()
	fields, err := w.ProfileFields(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// profile returns what somebody says of themselves in a line.
func (w *world) profile(t *testing.T, u accounts.User) string {
	t.Helper()
	said, err := w.Profile(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range said {
		out = append(out, v.Name+"="+v.Value)
	}
	return strings.Join(out, "; ")
}

func TestAdminsChooseWhatPeopleSayOfThemselves(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	if got := w.fieldNames(t); got != "Title, Pronouns, About me" {
		t.Fatalf("a workspace begins with %s", got)
	}
	made, err := w.AddProfileField(t.Context(), admin, accounts.ProfileField{ID: "mine", Name: " Home page ", Kind: accounts.FieldLink})
	if err != nil || made.ID == "mine" || made.Name != "Home page" {
		t.Fatalf("%+v, %v", made, err)
	}
	for range 2 {
		if err := w.MoveProfileField(t.Context(), admin, made.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.MoveProfileField(t.Context(), admin, "title", true); err != nil { // which is the first
		t.Fatal(err)
	}
	made.Name, made.Hint = "Website", "Where more is to be read"
	if _, err := w.ChangeProfileField(t.Context(), admin, made); err != nil {
		t.Fatal(err)
	}
	if got := w.fieldNames(t); got != "Title, Website, Pronouns, About me" {
		t.Fatalf("the fields are %s", got)
	}
	for _, id := range []string{"title", made.ID, "pronouns", "about"} {
		if err := w.RemoveProfileField(t.Context(), admin, id); err != nil {
			t.Fatal(err)
		}
		refused(t, w.RemoveProfileField(t.Context(), admin, id), fault.NotFound, "PROFILE_FIELD_NOT_FOUND")
	}
	if got := w.fieldNames(t); got != "" {
		t.Fatalf("those that were removed come back: %s", got)
	}
}

func TestFieldsOfProfilesHaveLimits(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	add := func(f accounts.ProfileField) error {
		_, err := w.AddProfileField(t.Context(), admin, f)
		return err
	}
	for code, f := range map[string]accounts.ProfileField{
		"NAME_REQUIRED": {Name: "  ", Kind: accounts.FieldText}, "NAME_TOO_LONG": {Name: strings.Repeat("ü", 41), Kind: accounts.FieldText},
		"INVALID_NAME": {Name: "a\u202eb", Kind: accounts.FieldText}, "INVALID_FIELD_KIND": {Name: "Room", Kind: "html"},
		"HINT_TOO_LONG": {Name: "Room", Kind: accounts.FieldText, Hint: strings.Repeat("x", 101)},
	} {
		refused(t, add(f), fault.Invalid, code)
	}
	refused(t, add(accounts.ProfileField{Name: "TITLE", Kind: accounts.FieldText}), fault.Conflict, "PROFILE_FIELD_TAKEN")
	for i := range accounts.MaxProfileFields - 3 {
		if err := add(accounts.ProfileField{Name: fmt.Sprint("Field ", i), Kind: accounts.FieldText}); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, add(accounts.ProfileField{Name: "One more", Kind: accounts.FieldText}), fault.Conflict, "TOO_MANY_PROFILE_FIELDS")
	for _, id := range []string{"none", "values.title", "$where", ""} {
		refused(t, w.RemoveProfileField(t.Context(), admin, id), fault.NotFound, "PROFILE_FIELD_NOT_FOUND")
		refused(t, w.MoveProfileField(t.Context(), admin, id, true), fault.NotFound, "PROFILE_FIELD_NOT_FOUND")
		_, err := w.ChangeProfileField(t.Context(), admin, accounts.ProfileField{ID: id, Name: "Room", Kind: accounts.FieldText})
		refused(t, err, fault.NotFound, "PROFILE_FIELD_NOT_FOUND")
	}
}

func TestPeopleSayInTheFieldsWhatTheyWant(t *testing.T) {
	w := newWorld(t)
	admin, ada := w.admin(t), w.person(t, "ada", accounts.RoleUser)
	site, err := w.AddProfileField(t.Context(), admin, accounts.ProfileField{Name: "Site", Kind: accounts.FieldLink})
	if err != nil {
		t.Fatal(err)
	}
	set := func(values map[string]string) error {
		_, err := w.SetProfile(t.Context(), ada, values)
		return err
	}
	if err := set(map[string]string{"about": " Hello,\r\n\tI am Ada. ", "title": "Engineer 👩\u200d💻", site.ID: "https://ada.example.test/x?y=1"}); err != nil {
		t.Fatal(err)
	}
	if got := w.profile(t, ada); got != "Title=Engineer 👩\u200d💻; About me=Hello,\n\tI am Ada.; Site=https://ada.example.test/x?y=1" {
		t.Errorf("the profile is %q", got)
	}
	for wrong, values := range map[string]map[string]string{
		"UNKNOWN_PROFILE_FIELD":  {"title": "Lost", "none": "x"},
		"INVALID_PROFILE_VALUE":  {"title": "two\nlines"},
		"PROFILE_VALUE_TOO_LONG": {"about": strings.Repeat("ü", accounts.MaxFieldLong+1)},
	} {
		refused(t, set(values), fault.Invalid, wrong)
	}
	for _, wrong := range []string{"javascript:alert(1)", "//evil.test", "ada", "https://", "https://a:b@evil.test/", "ftp://a.test", "https://a\u202e.test"} {
		refused(t, set(map[string]string{site.ID: wrong}), fault.Invalid, "INVALID_PROFILE_VALUE")
	}
	if err := set(map[string]string{"title": "", "pronouns": ""}); err != nil {
		t.Fatal(err)
	}
	if got := w.profile(t, ada); !strings.HasPrefix(got, "About me=") {
		t.Errorf("the title is not taken back: %q", got)
	}
	refused(t, second(w.SetProfile(t.Context(), w.bot(t, ada, "robot"), map[string]string{"title": "Bot"})), fault.Invalid, "USER_IS_BOT")
}

func TestOnlyWhatChangedInAProfileIsWrittenDown(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	for range 3 {
		if _, err := w.SetProfile(t.Context(), ada, map[string]string{"title": "Engineer", "pronouns": ""}); err != nil {
			t.Fatal(err)
		}
	}
	var changes []string
	for _, e := range w.log(t) {
		if e.Action == accounts.ActionProfileChanged {
			changes = append(changes, e.Details["fields"])
		}
	}
	if len(changes) != 1 || changes[0] != "Title" {
		t.Errorf("written down is %q", changes)
	}
}

func TestALinkOfAProfileLeadsNowhereElse(t *testing.T) {
	for value, want := range map[string]string{"https://a.test/": "https://a.test/", "javascript:alert(1)": "", "": ""} {
		v := accounts.ProfileValue{ProfileField: accounts.ProfileField{Kind: accounts.FieldLink}, Value: value}
		if got := v.Link(); got != want {
			t.Errorf("%q leads to %q", value, got)
		}
	}
	if got := (accounts.ProfileValue{ProfileField: accounts.ProfileField{Kind: accounts.FieldText}, Value: "https://a.test/"}).Link(); got != "" {
		t.Errorf("a text leads to %q", got)
	}
}
