package api

import (
	"context"

	"pegasus/accounts"
)

// profileField is something that people may say of themselves.
type profileField struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Hint string `json:"hint" doc:"What to write there"`
	Kind string `json:"kind" enum:"text,long,link" doc:"One line of at most 100 characters, several of at most 1,000, or an address that begins with http:// or https:// of at most 500"`
}

func newProfileField(f accounts.ProfileField) profileField {
	return profileField{ID: f.ID, Name: f.Name, Hint: f.Hint, Kind: string(f.Kind)}
}

type profileFieldList struct {
	Fields []profileField `json:"fields" nullable:"false" doc:"In the order in which profiles show them, at most 15"`
}

func (d *door) listProfileFields(ctx context.Context, _ *none) (*reply[profileFieldList], error) {
	all, err := d.Accounts.ProfileFields(ctx)
	out := profileFieldList{Fields: make([]profileField, len(all))}
	for i, f := range all {
		out.Fields[i] = newProfileField(f)
	}
	return &reply[profileFieldList]{Body: out}, err
}

type profileFieldReply struct {
	Field profileField `json:"field"`
}

type profileFieldBody struct {
	Name string `json:"name" doc:"1 to 40 characters, no other field's"`
	Hint string `json:"hint,omitempty" doc:"At most 100 characters"`
	Kind string `json:"kind" doc:"text, long or link"`
}

func (b profileFieldBody) field(id string) accounts.ProfileField {
	return accounts.ProfileField{ID: id, Name: b.Name, Hint: b.Hint, Kind: accounts.FieldKind(b.Kind)}
}

type addProfileFieldRequest struct{ Body profileFieldBody }

func (d *door) addProfileField(ctx context.Context, in *addProfileFieldRequest) (*reply[profileFieldReply], error) {
	f, err := d.Accounts.AddProfileField(ctx, me(ctx), in.Body.field(""))
	return &reply[profileFieldReply]{Body: profileFieldReply{newProfileField(f)}}, err
}

// ProfileFieldPath names a field.
type ProfileFieldPath struct {
	ID string `path:"id" doc:"The id of the field"`
}

type changeProfileFieldRequest struct {
	ProfileFieldPath
	Body profileFieldBody
}

func (d *door) changeProfileField(ctx context.Context, in *changeProfileFieldRequest) (*reply[profileFieldReply], error) {
	f, err := d.Accounts.ChangeProfileField(ctx, me(ctx), in.Body.field(in.ID))
	return &reply[profileFieldReply]{Body: profileFieldReply{newProfileField(f)}}, err
}

type moveProfileFieldRequest struct {
	ProfileFieldPath
	Body struct {
		Up bool `json:"up" doc:"By one place towards the first; else towards the last"`
	}
}

func (d *door) moveProfileField(ctx context.Context, in *moveProfileFieldRequest) (*reply[profileFieldList], error) {
	if err := d.Accounts.MoveProfileField(ctx, me(ctx), in.ID, in.Body.Up); err != nil {
		return nil, err
	}
	return d.listProfileFields(ctx, nil)
}

func (d *door) removeProfileField(ctx context.Context, in *ProfileFieldPath) (*reply[notice], error) {
	err := d.Accounts.RemoveProfileField(ctx, me(ctx), in.ID)
	return &reply[notice]{Body: notice{Message: "Field removed"}}, err
}

type profileValue struct {
	profileField
	Value string `json:"value"`
}

func newProfileValues(said []accounts.ProfileValue) []profileValue {
	out := make([]profileValue, len(said))
	for i, v := range said {
		out[i] = profileValue{newProfileField(v.ProfileField), v.Value}
	}
	return out
}

type profileValueList struct {
	Fields []profileValue `json:"fields" nullable:"false" doc:"The fields in which something stands, in order"`
}

func (d *door) getProfile(ctx context.Context, in *UserPath) (*reply[profileValueList], error) {
	u, err := d.Accounts.Somebody(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	said, err := d.Accounts.Profile(ctx, u.ID)
	return &reply[profileValueList]{Body: profileValueList{newProfileValues(said)}}, err
}

type setProfileRequest struct {
	Body struct {
		Values map[string]string `json:"values" doc:"Texts by the ids of fields. An empty one takes back what stood there; fields that are not named stay"`
	}
}

func (d *door) setProfile(ctx context.Context, in *setProfileRequest) (*reply[profileValueList], error) {
	said, err := d.Accounts.SetProfile(ctx, me(ctx), in.Body.Values)
	return &reply[profileValueList]{Body: profileValueList{newProfileValues(said)}}, err
}
