// Package manifest reads manifest.json, in which a plugin says what it is called, what it answers to, what it asks to be
// allowed and what can be set. It knows nothing of who grants that.
package manifest

import (
	"fmt"
	"strings"
	"time"
)

// File is the name of the manifest in a project.
const File = "manifest.json"

// API is the version of the programming interface that plugins are written against. A manifest names it, so that a plugin
// goes on working as written when there is a newer one.
const API = 1

// Limits, in characters where they are of text.
const (
	MaxBytes      = 64 << 10
	MinName       = 2
	MaxName       = 32
	MaxTitle      = 60
	MaxSentence   = 300 // a description, a help text
	MaxHint       = 80
	MaxCommands   = 20
	MaxSettings   = 20
	MaxOptions    = 20
	MaxSchedules  = 5
	MaxHosts      = 10
	MaxPattern    = 200
	MaxSetting    = 2000 // the value of a setting
	MinInterval   = 5 * time.Minute
	MaxInterval   = 24 * time.Hour
	DefaultMain   = "main.ts"
	maxComplaints = 50
)

// Permission is something that a plugin may do only where it asks for it and is granted it.
type Permission string

// The permissions.
const (
	ReadMessages  Permission = "messages:read"  // being given new messages of the channel
	WriteMessages Permission = "messages:write" // posting beyond the answer to what called it
	ReadPeople    Permission = "people:read"    // looking up members of the channel
	Storage       Permission = "storage"        // keeping values between calls
	OnSchedule    Permission = "schedule"       // being called at times
	Webhook       Permission = "webhook"        // being called from outside by a secret address
	Network       Permission = "network"        // asking the hosts that the manifest lists
)

// Permissions are all of them, in the order in which they are shown, each with what it means in a sentence's middle.
var Permissions = []struct {
	Name Permission
	Text string
}{
	{ReadMessages, "read new messages of the channel"},
	{WriteMessages, "post messages of its own accord"},
	{ReadPeople, "see who is in the channel"},
	{Storage, "keep data for this channel"},
	{OnSchedule, "act at set times"},
	{Webhook, "be called from outside by a secret address"},
	{Network, "ask other servers"},
}

// Manifest is what a plugin says of itself. One that Parse returned without problems keeps every rule of this package.
type Manifest struct {
	API         int          `json:"api"`
	Name        string       `json:"name"`  // a-z, 0-9 and hyphens, beginning with a letter
	Title       string       `json:"title"` // what people see
	Description string       `json:"description,omitempty"`
	Version     string       `json:"version,omitempty"` // 1.2.3
	Main        string       `json:"main,omitempty"`    // the file that exports the plugin; Parse fills in DefaultMain
	Commands    []Command    `json:"commands,omitempty"`
	Triggers    Triggers     `json:"triggers,omitzero"`
	Permissions []Permission `json:"permissions,omitempty"`
	Hosts       []string     `json:"hosts,omitempty"` // host names that it asks, with the permission Network
	Settings    []Setting    `json:"settings,omitempty"`
}

// Command is a slash command.
type Command struct {
	Name string `json:"name"`           // without the slash
	Hint string `json:"hint,omitempty"` // what follows it, such as "[count]d[sides]"
	Help string `json:"help,omitempty"` // one sentence
}

// Triggers are what else calls the plugin.
type Triggers struct {
	Messages  *Messages  `json:"messages,omitempty"`
	Schedules []Schedule `json:"schedules,omitempty"`
	Webhook   bool       `json:"webhook,omitempty"`
}

// Messages says which new messages a plugin is given: exactly one of the two.
type Messages struct {
	All   bool   `json:"all,omitempty"`
	Match string `json:"match,omitempty"` // a regular expression in Go's syntax, which takes linear time
}

// SettingType is what a setting holds.
type SettingType string

// The types of settings. A secret is a text that is never shown again.
const (
	String  SettingType = "string"
	Number  SettingType = "number"
	Boolean SettingType = "boolean"
	Choice  SettingType = "choice"
	Secret  SettingType = "secret"
)

// Setting is something that whoever installs the plugin decides.
type Setting struct {
	Key     string      `json:"key"` // a letter, then letters, digits and underscores
	Label   string      `json:"label"`
	Help    string      `json:"help,omitempty"`
	Type    SettingType `json:"type"`
	Default any         `json:"default,omitempty"` // string, float64 or bool, as the type says; nil for none
	Options []string    `json:"options,omitempty"` // of a choice
}

// Problem is something wrong, and where. Its text holds nothing but what the project's author wrote and fixed words.
type Problem struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`   // from 1, 0 where the file as a whole is meant
	Column int    `json:"column,omitempty"` // from 1, in bytes, 0 where the line as a whole is meant
	Text   string `json:"text"`
}

// String returns the problem as compilers write it.
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Asks reports whether the manifest asks for a permission.
func (m Manifest) Asks(p Permission) bool {
	for _, asked := range m.Permissions {
		if asked == p {
			return true
		}
	}
	return false
}

// Setting returns the setting of that key.
func (m Manifest) Setting(key string) (Setting, bool) {
	for _, s := range m.Settings {
		if s.Key == key {
			return s, true
		}
	}
	return Setting{}, false
}

// Value reads what a person filled in for a setting, "" for nothing, and returns what the plugin is given: a string, float64
// or bool, nil for nothing where there is no default. A value that does not fit is Invalid, about the setting's key.
func (s Setting) Value(text string) (any, error) {
	if text == "" && s.Type != Boolean {
		return s.Default, nil
	}
	return s.value(strings.TrimSpace(text))
}
