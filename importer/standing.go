package importer

import "pegasus/accounts"

// Standing is what somebody may do in a source beyond what everybody may, or less.
type Standing struct {
	System string // what the source is called
	Admins string // how it calls those who run it
	Guest  bool   // sees no channel but a few
	Admin  bool
	Bring  bool // who runs the source is to run the workspace
}

// Place gives a person their role. Roles come only where they are asked for, and guests are switched off, since everybody sees every
// public channel here. Both are told.
func (t *Tell) Place(p *Person, collection string, s Standing) {
	switch {
	case p.User.Deactivated:
	case s.Guest:
		p.User.Deactivated = true
		t.Note(collection, "guests in "+s.System+", who would see every public channel here: their accounts are off until an admin turns them on", p.Name())
	case s.Admin && s.Bring:
		p.User.Role = accounts.RoleAdmin
	case s.Admin:
		t.Note(collection, s.Admins+" in "+s.System+", and members here: make them admins under Admin, or bring roles with --roles", p.Name())
	}
}
