package chat

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Limits of reports.
const (
	MaxReason      = 500 // characters of a reason
	MaxReportsPage = 50  // reports in a page of the queue
	maxOfMessage   = 200 // open reports of one message that are looked at
	MaxCounted     = 100 // open reports up to which they are counted
)

// Report is what a member tells those who keep order about a message.
type Report struct {
	ID         string
	MessageID  string
	ChannelID  string
	AuthorID   string // of the message
	ReporterID string
	Reason     string
	// Disclosed says that the reporter, who may read the message, shows its text to those who keep order and may not.
	Disclosed  bool
	CreatedAt  time.Time
	ForAdmins  bool       // a moderator has handed it on
	Resolution Resolution // ResolutionOpen until somebody has decided
	ResolvedBy string
	ResolvedAt time.Time // zero where it is open
}

// Resolution is what became of a report.
type Resolution string

// The resolutions. The texts are stored.
const (
	ResolutionOpen      Resolution = ""
	ResolutionDismissed Resolution = "dismissed"
	ResolutionDeleted   Resolution = "deleted"
	ResolutionMuted     Resolution = "muted"
)

// ReportStore keeps reports.
type ReportStore interface {
	// AddReport stores a report; another one by the same person of the same message is a Conflict with code ALREADY_REPORTED.
	AddReport(ctx context.Context, r Report) error
	// OpenReports returns up to limit open reports, the newest first, before the id given ("" from the newest). Without
	// forAdmins those that were handed on are left out.
	OpenReports(ctx context.Context, forAdmins bool, before string, limit int) ([]Report, error)
	// OpenReportsOf returns up to limit open reports of a message, the newest first.
	OpenReportsOf(ctx context.Context, messageID string, limit int) ([]Report, error)
	// CountOpenReports counts like OpenReports, up to a limit.
	CountOpenReports(ctx context.Context, forAdmins bool, limit int) (int, error)
	// HandOnReports marks the open reports of a message as for admins, and ResolveReports settles them. Both return how many
	// they have changed: of several calls at once, one settles a report.
	HandOnReports(ctx context.Context, messageID string) (int, error)
	ResolveReports(ctx context.Context, messageID string, how Resolution, by string, at time.Time) (int, error)
	// MessagesByID and ChannelsByID return what there is of these ids, in any order, with one read. Deleted messages are
	// among them.
	MessagesByID(ctx context.Context, ids []string) ([]Message, error)
	ChannelsByID(ctx context.Context, ids []string) ([]Channel, error)
}

// ErrReported is what a ReportStore answers to a second report.
var ErrReported = fault.New(fault.Conflict, "ALREADY_REPORTED", "You have reported this message already.")

var errReport = fault.New(fault.NotFound, "REPORT_NOT_FOUND", "There is no open report of this message.")

// MayJudge reports whether somebody sees reports: moderators and admins of the workspace.
func MayJudge(actor accounts.User) bool {
	return actor.IsAdmin() || actor.Role == accounts.RoleModerator
}

// ReportsChanged goes to those who see reports when one comes or is settled. It says nothing of it.
type ReportsChanged struct{}

const keepersTopic = "keepers"

// ReportMessage tells those who keep order about a message that the actor sees, with a reason of 1 to MaxReason characters.
func (s *Service) ReportMessage(ctx context.Context, actor accounts.User, messageID, reason string, disclose bool) error {
	m, _, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(strings.ReplaceAll(reason, "\r\n", "\n"))
	switch {
	case m.UserID == actor.ID:
		return fault.New(fault.Invalid, "OWN_MESSAGE", "This is a message of your own. You can delete it.")
	case reason == "":
		return fault.Field("reason", "REASON_REQUIRED", "Please say what is wrong with it.")
	case utf8.RuneCountInString(reason) > MaxReason || !utf8.ValidString(reason):
		return fault.Field("reason", "REASON_TOO_LONG", "A reason has at most 500 characters.")
	}
	now := s.now()
	err = s.store.AddReport(context.WithoutCancel(ctx), Report{
		ID: id.New(now), MessageID: m.ID, ChannelID: m.ChannelID, AuthorID: m.UserID, ReporterID: actor.ID, Reason: reason,
		Disclosed: disclose, CreatedAt: now,
	})
	if err != nil {
		return err
	}
	s.events.Publish(keepersTopic, ReportsChanged{})
	s.record(ctx, accounts.Event{Action: accounts.ActionReported, ActorID: actor.ID, Details: map[string]string{"message": m.ID}})
	return nil
}

// CountReports returns how many open reports somebody sees, up to MaxCounted; 0 for who sees none.
func (s *Service) CountReports(ctx context.Context, actor accounts.User) (int, error) {
	if !MayJudge(actor) {
		return 0, nil
	}
	return s.store.CountOpenReports(ctx, actor.IsAdmin(), MaxCounted)
}

// Case is a reported message as one of those who keep order sees it.
//
// They see the text where they are in the channel, where it is public, or where a reporter disclosed it, and a way to the
// message in the first two cases. Of other places they see neither the message nor where and by whom it was written.
type Case struct {
	MessageID string
	Reports   []Report
	Message   Message // its text is "" where it may not be seen, or is gone
	Channel   Channel // zero where it may not be seen
	Gone      bool    // the message was deleted
	Inside    bool    // the viewer is in the channel
	Here      bool    // the viewer may follow the way to the message: Inside, or the channel is public
	MayAct    bool    // the viewer may delete the message and mute its author
}

// Reports lists the reported messages that somebody who keeps order may judge, those with the newest reports first, with a
// fixed number of reads, and where the list goes on, "" at its end. Nobody judges what they wrote themselves.
func (s *Service) Reports(ctx context.Context, actor accounts.User, before string) (cases []Case, next string, err error) {
	if !MayJudge(actor) {
		return nil, "", fault.New(fault.Forbidden, "FORBIDDEN", "Only moderators and admins see reports.")
	}
	reports, err := s.store.OpenReports(ctx, actor.IsAdmin(), before, MaxReportsPage)
	if err != nil {
		return nil, "", err
	}
	if len(reports) == MaxReportsPage {
		next = reports[len(reports)-1].ID
	}
	cases, err = s.cases(ctx, actor, reports)
	return cases, next, err
}

func (s *Service) cases(ctx context.Context, actor accounts.User, reports []Report) ([]Case, error) {
	var cases []Case
	var messageIDs, channelIDs []string
	at := map[string]int{}
	for _, r := range reports {
		if r.AuthorID == actor.ID {
			continue
		}
		i, known := at[r.MessageID]
		if !known {
			i = len(cases)
			at[r.MessageID] = i
			cases = append(cases, Case{MessageID: r.MessageID})
			messageIDs, channelIDs = append(messageIDs, r.MessageID), append(channelIDs, r.ChannelID)
		}
		cases[i].Reports = append(cases[i].Reports, r)
	}
	if len(cases) == 0 {
		return nil, nil
	}
	messages, err := s.store.MessagesByID(ctx, messageIDs)
	if err != nil {
		return nil, err
	}
	channels, err := s.store.ChannelsByID(ctx, channelIDs)
	if err != nil {
		return nil, err
	}
	joined, err := s.store.JoinedChannelIDs(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	places := map[string]Channel{}
	for _, c := range channels {
		places[c.ID] = c
	}
	inside := map[string]bool{}
	for _, channelID := range joined {
		inside[channelID] = true
	}
	for _, m := range messages {
		c := places[m.ChannelID]
		cases[at[m.ID]].show(m, c, inside[c.ID])
	}
	return cases, nil
}

// show puts to a case what may be seen of it.
func (e *Case) show(m Message, c Channel, inside bool) {
	e.Gone, e.Inside = m.Deleted, inside
	e.Here = inside || c.Type == Public && !c.Archived
	e.MayAct = inside && !c.IsDirect() && !c.Archived
	disclosed := false
	for _, r := range e.Reports {
		disclosed = disclosed || r.Disclosed
	}
	if e.Here {
		e.Channel = c
	}
	if e.Here || disclosed {
		e.Message = Message{ID: m.ID, ChannelID: m.ChannelID, UserID: m.UserID, Content: m.Content, CreatedAt: m.CreatedAt}
	}
}

// Judgement is what somebody who keeps order does about a reported message.
type Judgement string

// The judgements.
const (
	JudgeDismiss Judgement = "dismiss"
	JudgeDelete  Judgement = "delete"
	JudgeMute    Judgement = "mute" // the author, for MuteFor
	JudgeHandOn  Judgement = "hand_on"
)

// MuteFor is how long a judgement mutes somebody.
const MuteFor = 24 * time.Hour

// Judge settles the open reports of a message, or hands them on to admins.
func (s *Service) Judge(ctx context.Context, actor accounts.User, messageID string, how Judgement) error {
	if !MayJudge(actor) {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Only moderators and admins see reports.")
	}
	r, err := s.openReport(ctx, actor, messageID)
	if err != nil {
		return err
	}
	resolution := ResolutionOpen
	switch how {
	case JudgeDismiss:
		resolution = ResolutionDismissed
	case JudgeDelete:
		resolution = ResolutionDeleted
		err = s.DeleteMessage(ctx, actor, messageID)
	case JudgeMute:
		resolution = ResolutionMuted
		_, err = s.Mute(ctx, actor, r.ChannelID, r.AuthorID, MuteFor)
	case JudgeHandOn:
	default:
		return fault.Field("action", "INVALID_ACTION", "This is nothing that can be done about a report.")
	}
	if fault.Is(err, fault.NotFound) || err == errOutside {
		err = fault.New(fault.Forbidden, "NOT_IN_CHANNEL", "You have to be in the channel to do this, and the message must still stand.")
	}
	if err != nil {
		return err
	}
	return s.settleReports(context.WithoutCancel(ctx), actor, messageID, resolution, how)
}

// openReport returns an open report of a message that the actor may judge.
func (s *Service) openReport(ctx context.Context, actor accounts.User, messageID string) (Report, error) {
	if !id.Valid(messageID) {
		return Report{}, errReport
	}
	reports, err := s.store.OpenReportsOf(ctx, messageID, maxOfMessage)
	if err != nil {
		return Report{}, err
	}
	for _, r := range reports {
		if r.AuthorID != actor.ID && (!r.ForAdmins || actor.IsAdmin()) {
			return r, nil
		}
	}
	return Report{}, errReport
}

func (s *Service) settleReports(ctx context.Context, actor accounts.User, messageID string, how Resolution, judged Judgement) error {
	var err error
	if how == ResolutionOpen {
		_, err = s.store.HandOnReports(ctx, messageID)
	} else {
		_, err = s.store.ResolveReports(ctx, messageID, how, actor.ID, s.now())
	}
	if err != nil {
		return err
	}
	s.events.Publish(keepersTopic, ReportsChanged{})
	s.record(ctx, accounts.Event{
		Action: accounts.ActionReportSettled, ActorID: actor.ID, Details: map[string]string{"message": messageID, "how": string(judged)},
	})
	return nil
}
