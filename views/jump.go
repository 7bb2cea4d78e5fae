package views

// Jump is the page that leads to everything by its name. It is also what the palette reads.
type Jump struct {
	Shell
	Query string
	Items []JumpItem
	Wrong Wrong
}

// JumpItem is a place or an action. One with a Form is carried out by a POST, one with a Theme in the browser.
type JumpItem struct {
	Title  string
	Hint   string
	Icon   string // "" where Person stands for it
	Person Person
	Path   string
	Form   bool
	To     string // who a form opens a conversation with, "" for none
	Theme  string
	Unread int64
}

// Shortcut is a key and what it does.
type Shortcut struct{ Keys, Means string }

// ShortcutGroup is where some keys work.
type ShortcutGroup struct {
	Title string
	Keys  []Shortcut
}

// Shortcuts are all keys that the scripts know.
var Shortcuts = []ShortcutGroup{
	{"Everywhere", []Shortcut{
		{"Ctrl K", "Jump to a channel, person, plugin, page or action"},
		{"?", "This list, also Ctrl /"},
		{"Alt ↑ ↓", "Channel above or below"},
		{"Alt Shift ↑ ↓", "Unread channel above or below"},
		{"M", "Move the channel on which the focus is in the list"},
		{"Ctrl Shift ↑ ↓", "Move it up or down in its section"},
		{"/", "Search"},
		{"Ctrl Shift F", "Search beside the conversation"},
		{"Esc", "Close"},
		{"Shift Esc", "Everything is read"},
	}},
	{"Writing", []Shortcut{
		{"Enter", "Send, and Shift Enter a new line; your profile turns this round"},
		{"Ctrl Enter", "Send, always"},
		{"Ctrl Shift P", "Preview"},
		{"↑", "Edit your last message, from an empty box"},
		{"Ctrl B", "Bold, and Ctrl I italic"},
		{"Ctrl Shift U", "Link"},
	}},
	{"Reading", []Shortcut{
		{"J K", "Next or previous message; ↑ ↓ go on from there"},
		{"Home End", "First or newest message on the page"},
		{"C", "Back to writing"},
	}},
	{"At a message", []Shortcut{
		{"R", "Reply in the thread"},
		{"Q", "Quote"},
		{"A", "React"},
		{"E", "Edit"},
		{"S", "Save"},
		{"P", "Pin"},
		{"U", "Unread from here"},
		{"L", "Copy link"},
		{"Delete", "Delete"},
	}},
}
