package accounts

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pegasus/fault"
	"pegasus/id"
)

// Limits of what people say of themselves, in characters but for the number of fields.
const (
	MaxProfileFields = 15
	MaxFieldName     = 40
	MaxFieldHint     = 100
	MaxFieldText     = 100  // of one line
	MaxFieldLong     = 1000 // of several lines
	MaxFieldLink     = 500
)

// FieldKind says what a field of profiles holds.
type FieldKind string

// The kinds of the wire format.
const (
	FieldText FieldKind = "text" // one line
	FieldLong FieldKind = "long" // several lines
	FieldLink FieldKind = "link" // an address that begins with http:// or https://
)

// ProfileField is something that people may say of themselves, for everyone to read. Admins choose which there are.
type ProfileField struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Hint string    `json:"hint,omitempty"` // what to write there
	Kind FieldKind `json:"kind"`
}

// ProfileValue is a field with what somebody said in it.
type ProfileValue struct {
	ProfileField
	Value string
}

// fieldList is the setting. No list at all stands for the fields that a workspace begins with.
type fieldList struct {
	Fields []ProfileField `json:"fields"`
}

const fieldsSetting = "profile_fields"

// ErrFieldNotFound means that profiles have no such field.
var ErrFieldNotFound = fault.New(fault.NotFound, "PROFILE_FIELD_NOT_FOUND", "Profiles have no such field.")

// firstFields are there until an admin changes them.
var firstFields = []ProfileField{
	{ID: "title", Name: "Title", Hint: "What you do here", Kind: FieldText},
	{ID: "pronouns", Name: "Pronouns", Kind: FieldText},
	{ID: "about", Name: "About me", Kind: FieldLong},
}

func (l fieldList) all() []ProfileField {
	if l.Fields == nil {
		return slices.Clone(firstFields)
	}
	return l.Fields
}

func (l fieldList) place(fieldID string) int {
	return slices.IndexFunc(l.all(), func(f ProfileField) bool { return f.ID == fieldID })
}

// ProfileFields returns the fields in the order in which profiles show them.
func (s *Service) ProfileFields(ctx context.Context) ([]ProfileField, error) {
	l, err := s.fields.Get(ctx)
	if err != nil {
		return nil, err
	}
	return l.all(), nil
}

// AddProfileField adds a field behind the others; its id is chosen here. A 16th is TOO_MANY_PROFILE_FIELDS, the name of another
// one PROFILE_FIELD_TAKEN.
func (s *Service) AddProfileField(ctx context.Context, admin User, f ProfileField) (ProfileField, error) {
	f.ID = id.New(s.now())
	return f, s.changeFields(ctx, admin, "added", &f, func(fields []ProfileField) ([]ProfileField, error) {
		if len(fields) >= MaxProfileFields {
			return nil, fault.New(fault.Conflict, "TOO_MANY_PROFILE_FIELDS", "A profile has at most 15 fields.")
		}
		return append(fields, f), nil
	})
}

// ChangeProfileField changes name, hint and kind of a field. What people wrote in it stays, also where it would not be taken anew.
func (s *Service) ChangeProfileField(ctx context.Context, admin User, f ProfileField) (ProfileField, error) {
	return f, s.changeFields(ctx, admin, "changed", &f, func(fields []ProfileField) ([]ProfileField, error) {
		at := fieldList{fields}.place(f.ID)
		if at < 0 {
			return nil, ErrFieldNotFound
		}
		fields[at] = f
		return fields, nil
	})
}

// changeFields cleans a field and stores the list that change makes with it.
func (s *Service) changeFields(ctx context.Context, admin User, how string, f *ProfileField, change func([]ProfileField) ([]ProfileField, error)) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	if err := f.clean(); err != nil {
		return err
	}
	_, err := s.fields.Change(ctx, func(l fieldList) (fieldList, error) {
		fields := l.all()
		for _, other := range fields {
			if other.ID != f.ID && strings.EqualFold(other.Name, f.Name) {
				return l, &fault.Error{Kind: fault.Conflict, Code: "PROFILE_FIELD_TAKEN", Field: "name", Message: "There is a field of this name already."}
			}
		}
		fields, err := change(slices.Clone(fields))
		return fieldList{fields}, err
	})
	if err == nil {
		s.recordField(ctx, admin, how, *f)
	}
	return err
}

// MoveProfileField moves a field one place up or down. At the end it stays where it is.
func (s *Service) MoveProfileField(ctx context.Context, admin User, fieldID string, up bool) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	_, err := s.fields.Change(ctx, func(l fieldList) (fieldList, error) {
		fields := slices.Clone(l.all())
		at := l.place(fieldID)
		if at < 0 {
			return l, ErrFieldNotFound
		}
		to := at + 1
		if up {
			to = at - 1
		}
		if to >= 0 && to < len(fields) {
			fields[at], fields[to] = fields[to], fields[at]
		}
		return fieldList{fields}, nil
	})
	return err
}

// RemoveProfileField takes a field away, with what everybody wrote in it. Where that fails halfway, another call removes the rest
// and says ErrFieldNotFound.
func (s *Service) RemoveProfileField(ctx context.Context, admin User, fieldID string) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	if !id.Valid(fieldID) && !slices.ContainsFunc(firstFields, func(f ProfileField) bool { return f.ID == fieldID }) {
		return ErrFieldNotFound
	}
	var gone ProfileField
	_, err := s.fields.Change(ctx, func(l fieldList) (fieldList, error) {
		at := l.place(fieldID)
		if at < 0 {
			return l, nil
		}
		fields := slices.Clone(l.all())
		gone = fields[at]
		return fieldList{slices.Delete(fields, at, at+1)}, nil
	})
	if err == nil {
		err = s.store.DropProfileField(ctx, fieldID)
	}
	if err == nil && gone.ID == "" {
		return ErrFieldNotFound
	}
	if err == nil {
		s.recordField(ctx, admin, "removed", gone)
	}
	return err
}

func (s *Service) recordField(ctx context.Context, admin User, how string, f ProfileField) {
	s.record(ctx, Event{Action: ActionProfileField, ActorID: admin.ID, Details: map[string]string{"field": f.Name, "how": how}})
}

func (f *ProfileField) clean() (err error) {
	if f.Name, err = cleanText("name", f.Name, MaxFieldName); err != nil {
		return err
	}
	if f.Name == "" {
		return fault.Field("name", "NAME_REQUIRED", "Please enter a name.")
	}
	if f.Kind != FieldText && f.Kind != FieldLong && f.Kind != FieldLink {
		return fault.Field("kind", "INVALID_FIELD_KIND", "A field is text, long or link.")
	}
	f.Hint, err = cleanText("hint", f.Hint, MaxFieldHint)
	return err
}

// Profile returns what somebody said of themselves, in the order of the fields; those in which nothing stands are left out.
func (s *Service) Profile(ctx context.Context, userID string) ([]ProfileValue, error) {
	fields, err := s.ProfileFields(ctx)
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	values, err := s.store.ProfileValues(ctx, userID)
	if err != nil {
		return nil, err
	}
	var said []ProfileValue
	for _, f := range fields {
		if value := values[f.ID]; value != "" {
			said = append(said, ProfileValue{f, value})
		}
	}
	return said, nil
}

// SetProfile changes what a person says of themselves, by the ids of fields; an empty text takes it back, and fields that are not
// named stay. One wrong value and nothing is changed: UNKNOWN_PROFILE_FIELD, INVALID_PROFILE_VALUE, PROFILE_VALUE_TOO_LONG, each with
// the id of the field.
func (s *Service) SetProfile(ctx context.Context, me User, values map[string]string) ([]ProfileValue, error) {
	l, err := s.fields.Fresh(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.notBot(ctx, me.ID); err != nil {
		return nil, err
	}
	before, err := s.store.ProfileValues(ctx, me.ID)
	if err != nil {
		return nil, err
	}
	clean, names := make(map[string]string, len(values)), []string{}
	for fieldID, text := range values {
		at := l.place(fieldID)
		if at < 0 {
			return nil, fault.Field(fieldID, "UNKNOWN_PROFILE_FIELD", "Profiles have no such field.")
		}
		f := l.all()[at]
		value, err := f.cleanValue(text)
		if err != nil {
			return nil, err
		}
		if value != before[fieldID] {
			clean[fieldID], names = value, append(names, f.Name)
		}
	}
	if len(clean) > 0 {
		if err := s.store.SetProfileValues(ctx, me.ID, clean); err != nil {
			return nil, err
		}
		slices.Sort(names)
		s.record(ctx, Event{Action: ActionProfileChanged, ActorID: me.ID, UserID: me.ID, Details: map[string]string{"fields": strings.Join(names, ", ")}})
	}
	return s.Profile(ctx, me.ID)
}

func (f ProfileField) cleanValue(text string) (string, error) {
	limit, lines := MaxFieldText, text
	switch f.Kind {
	case FieldLink:
		limit = MaxFieldLink
	case FieldLong:
		limit, text = MaxFieldLong, strings.ReplaceAll(text, "\r\n", "\n")
		lines = strings.NewReplacer("\n", "", "\t", "").Replace(text)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(strings.TrimSpace(lines), hidden) {
		return "", fault.Field(f.ID, "INVALID_PROFILE_VALUE", "Please use plain visible characters.")
	}
	text = norm.NFC.String(strings.TrimSpace(text))
	if utf8.RuneCountInString(text) > limit {
		return "", fault.Field(f.ID, "PROFILE_VALUE_TOO_LONG", "This text is too long.")
	}
	if f.Kind == FieldLink && text != "" && !webAddress(text) {
		return "", fault.Field(f.ID, "INVALID_PROFILE_VALUE", "A link begins with http:// or https://.")
	}
	return text, nil
}

// Link returns where a value leads, "" where it is no link.
func (v ProfileValue) Link() string {
	if v.Kind != FieldLink || !webAddress(v.Value) { // the field may have been of another kind when this was written
		return ""
	}
	return v.Value
}

func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// profileStore keeps what people say of themselves, by the ids of fields.
type profileStore interface {
	// ProfileValues returns what a person said, none where nothing.
	ProfileValues(ctx context.Context, userID string) (map[string]string, error)
	// SetProfileValues changes some of it in one step, of one field at least; "" takes a value away.
	SetProfileValues(ctx context.Context, userID string, values map[string]string) error
	// DropProfileField takes what everybody said in a field away.
	DropProfileField(ctx context.Context, fieldID string) error
}
