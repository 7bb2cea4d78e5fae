package views

import "time"

// ReportForm is the page on which somebody reports a message.
type ReportForm struct {
	MessageForm
	Reason   string
	Disclose bool
	Hidden   bool // not everyone who keeps order may read it
}

// Reports is the queue of reported messages.
type Reports struct {
	Own
	Cases []ReportCase
	More  string // where the list goes on, "" at its end
}

// ReportCase is a reported message as far as the viewer may see it.
type ReportCase struct {
	MessageID string
	Text      string // "" where it may not be seen
	Author    string
	At        time.Time // zero where the message may not be seen
	Place     string
	Link      string // "" where there is no way to it
	Hidden    bool   // it stands where the viewer is not
	Gone      bool   // it was deleted
	Join      bool   // the viewer has to join first to do something about it
	MayAct    bool
	ForAdmins bool
	Reports   []Reported
}

// Reported is what one person said of a message.
type Reported struct {
	By     string
	Reason string
	At     time.Time
}
