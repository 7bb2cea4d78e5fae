package chat

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// The kinds of jobs that the queue keeps for conversations.
const (
	jobMessage  = "message"
	jobReminder = "reminder"
)

// Limits of what is done later.
const (
	MaxScheduled = 100 // messages of one person that wait
	MaxReminders = 200 // of one person
	MaxAhead     = 2 * 366 * 24 * time.Hour
	MaxReminder  = 500 // characters of what to be reminded of

	taskLease = 15 * time.Second // far longer than a post takes
	maxRetry  = 10 * time.Minute // the longest pause between two tries
)

// Scheduled is a message that is sent at a time.
type Scheduled struct {
	ID        string
	ChannelID string
	ParentID  string // the thread that it goes to, "" for none
	Content   string
	// AlsoChannel says that the reply will stand in its channel too.
	AlsoChannel bool
	// Attachments are its files, which wait with it. Who removes one of them meanwhile finds the message not sent.
	Attachments []Attachment
	At          time.Time
	Problem     string // why it could not be sent, "" where it waits
	Sending     bool   // it is being sent just now
}

type scheduledBody struct {
	ChannelID string `json:"channel_id"`
	ParentID  string `json:"parent_id,omitempty"`
	Content   string `json:"content"`

	AlsoChannel bool         `json:"also_channel,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// Plain is that of who scheduled it, or changed it last: what waits may do no more than they could.
	Plain bool `json:"plain,omitempty"`
}

var (
	errPast    = fault.Field("at", "TIME_PASSED", "Please choose a time that is still to come.")
	errFar     = fault.Field("at", "TIME_TOO_FAR", "Please choose a time within the next two years.")
	errSending = fault.New(fault.Conflict, "SENDING", "This message is being sent just now.")
	errMany    = fault.New(fault.Conflict, "TOO_MANY_SCHEDULED", "You have 100 messages waiting already.")
)

func scheduled(j queue.Job) Scheduled {
	var body scheduledBody
	_ = json.Unmarshal([]byte(j.Body), &body) // written by us
	return Scheduled{
		ID: j.ID, ChannelID: body.ChannelID, ParentID: body.ParentID, Content: body.Content, Attachments: body.Attachments, At: j.Due, Problem: j.Problem,
		Sending: j.State == queue.Running, AlsoChannel: body.AlsoChannel,
	}
}

func encode(body any) string {
	text, _ := json.Marshal(body) // the types given always encode
	return string(text)
}

// checkTime refuses a time that is over or too far away.
func (s *Service) checkTime(at time.Time) error {
	switch now := s.now(); {
	case !at.After(now):
		return errPast
	case at.After(now.Add(MaxAhead)):
		return errFar
	}
	return nil
}

// Schedule keeps a message and sends it at a time, as the author, with the rights that they have then. Its files are kept
// for it. Sent again with the same key it changes nothing and returns the first one.
func (s *Service) Schedule(ctx context.Context, actor accounts.User, channelID string, d Draft, at time.Time) (Scheduled, error) {
	content, err := s.schedulable(ctx, d.Content, len(d.Attachments) > 0, at)
	if err == nil {
		err = checkKey(d.Key)
	}
	if err != nil {
		return Scheduled{}, err
	}
	if _, _, err := s.member(ctx, actor, channelID); err != nil {
		return Scheduled{}, err
	}
	if d.ParentID, err = s.parent(ctx, channelID, d.ParentID); err != nil {
		return Scheduled{}, err
	}
	files, err := s.attachments(ctx, actor, d.Attachments)
	if err != nil {
		return Scheduled{}, err
	}
	waiting, err := s.jobs.Jobs(ctx, actor.ID, jobMessage, MaxScheduled)
	if err != nil {
		return Scheduled{}, err
	}
	if len(waiting) == MaxScheduled && !slices.ContainsFunc(waiting, func(j queue.Job) bool { return j.Key == d.Key }) {
		return Scheduled{}, errMany
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.hold(ctx, actor.ID, files, at); err != nil {
		return Scheduled{}, err
	}
	now := s.now()
	j, repeated, err := s.jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobMessage, Owner: actor.ID, Key: d.Key, State: queue.Waiting, Due: at, NextTry: at, CreatedAt: now,
		Body: encode(scheduledBody{
			ChannelID: channelID, ParentID: d.ParentID, Content: content, Attachments: files, AlsoChannel: d.AlsoChannel && d.ParentID != "",
			Plain: actor.Plain,
		}),
	})
	if err != nil {
		return Scheduled{}, err
	}
	first := scheduled(j)
	if repeated {
		err = s.hold(ctx, actor.ID, first.Attachments, j.Due) // which the time of the repetition may have shortened
		s.release(ctx, actor, without(files, first.Attachments))
	}
	s.endDraft(ctx, actor, channelID, d.ParentID)
	return first, err
}

// without returns the files that are not among others.
func without(files, others []Attachment) []Attachment {
	return slices.DeleteFunc(files, func(f Attachment) bool {
		return slices.ContainsFunc(others, func(other Attachment) bool { return other.ID == f.ID })
	})
}

func (s *Service) schedulable(ctx context.Context, content string, files bool, at time.Time) (string, error) {
	content, err := s.checkContent(ctx, content, files)
	if err != nil {
		return "", err
	}
	if _, _, isCommand := parseCommand(content); isCommand {
		return "", hindered("COMMAND_LATER", "A command runs at once and cannot wait.")
	}
	return content, s.checkTime(at)
}

// Scheduled lists the actor's messages that wait or could not be sent, in the order of their times.
func (s *Service) Scheduled(ctx context.Context, actor accounts.User) ([]Scheduled, error) {
	jobs, err := s.jobs.Jobs(ctx, actor.ID, jobMessage, MaxScheduled)
	list := make([]Scheduled, len(jobs))
	for i, j := range jobs {
		list[i] = scheduled(j)
	}
	slices.SortStableFunc(list, func(a, b Scheduled) int { return a.At.Compare(b.At) })
	return list, err
}

// ScheduledMessage returns one of the actor's messages that wait.
func (s *Service) ScheduledMessage(ctx context.Context, actor accounts.User, scheduledID string) (Scheduled, error) {
	j, err := s.task(ctx, actor, jobMessage, scheduledID)
	return scheduled(j), err
}

// task returns one of the actor's own jobs.
func (s *Service) task(ctx context.Context, actor accounts.User, kind, jobID string) (queue.Job, error) {
	if !id.Valid(jobID) {
		return queue.Job{}, queue.ErrNotFound
	}
	j, err := s.jobs.Job(ctx, actor.ID, jobID)
	if err == nil && j.Kind != kind {
		err = queue.ErrNotFound
	}
	return j, err
}

// idle is task for a message that is not being sent.
func (s *Service) idle(ctx context.Context, actor accounts.User, scheduledID string) (queue.Job, error) {
	j, err := s.task(ctx, actor, jobMessage, scheduledID)
	if err == nil && j.State == queue.Running {
		err = errSending
	}
	return j, err
}

// Reschedule changes the text, the files and the time of a message that waits or could not be sent. Where d.Attachments is nil
// the files stay; those that it leaves out are removed.
func (s *Service) Reschedule(ctx context.Context, actor accounts.User, scheduledID string, d Draft, at time.Time) (Scheduled, error) {
	j, err := s.idle(ctx, actor, scheduledID)
	if err != nil {
		return Scheduled{}, err
	}
	var body scheduledBody
	_ = json.Unmarshal([]byte(j.Body), &body)
	before := body.Attachments
	body.Plain = actor.Plain
	if d.Attachments != nil {
		body.Attachments, err = s.attachments(ctx, actor, d.Attachments)
	}
	if err == nil {
		body.Content, err = s.schedulable(ctx, d.Content, len(body.Attachments) > 0, at)
	}
	if err == nil {
		ctx = context.WithoutCancel(ctx)
		err = s.hold(ctx, actor.ID, body.Attachments, at)
	}
	if err != nil {
		return Scheduled{}, err
	}
	j.State, j.Due, j.NextTry, j.Problem, j.DoneAt, j.Body = queue.Waiting, at, at, "", time.Time{}, encode(body)
	if err := s.jobs.SaveJob(ctx, j); err != nil {
		return Scheduled{}, err
	}
	s.release(ctx, actor, without(before, body.Attachments))
	return scheduled(j), nil
}

// Unschedule drops a message that waits or could not be sent, with its files.
func (s *Service) Unschedule(ctx context.Context, actor accounts.User, scheduledID string) error {
	j, err := s.idle(ctx, actor, scheduledID)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.jobs.DeleteJob(ctx, actor.ID, j.ID, j.Version); err != nil {
		return err
	}
	s.release(ctx, actor, scheduled(j).Attachments)
	return nil
}

// SendScheduled sends a message that waits at once.
func (s *Service) SendScheduled(ctx context.Context, actor accounts.User, scheduledID string) (Message, error) {
	j, err := s.idle(ctx, actor, scheduledID)
	if err != nil {
		return Message{}, err
	}
	ctx = context.WithoutCancel(ctx)
	j.State, j.NextTry = queue.Running, s.now().Add(taskLease)
	if err := s.jobs.SaveJob(ctx, j); err != nil {
		return Message{}, err
	}
	j.Version++
	m, err := s.postScheduled(ctx, j, actor.Plain)
	if err != nil {
		return Message{}, errors.Join(err, s.jobs.SaveJob(ctx, s.notSent(j, err)))
	}
	return m, s.jobs.DeleteJob(ctx, actor.ID, j.ID, j.Version)
}

// postScheduled posts a message with its author's rights of now, as far as they could be used when it was scheduled and, where
// plain is set, now. Its key makes a second time like the first.
func (s *Service) postScheduled(ctx context.Context, j queue.Job, plain bool) (Message, error) {
	author, err := s.user(ctx, j.Owner)
	if err == nil {
		err = author.KeptOut(s.now())
	}
	if err != nil {
		return Message{}, err
	}
	var body scheduledBody
	_ = json.Unmarshal([]byte(j.Body), &body)
	author.Plain = plain || body.Plain
	later := scheduled(j)
	d := Draft{Content: later.Content, ParentID: later.ParentID, AlsoChannel: later.AlsoChannel, Key: "scheduled-" + j.ID}
	for _, f := range later.Attachments {
		d.Attachments = append(d.Attachments, AttachmentRef{ID: f.ID})
	}
	return s.PostMessage(ctx, author, later.ChannelID, d)
}

// notSent is a message that could not be sent: it waits for another try where that may help, and is its author's to mend
// where not.
func (s *Service) notSent(j queue.Job, err error) queue.Job {
	f, now := fault.From(err), s.now()
	if f.Kind == fault.Unavailable || f.Kind == fault.Internal || f.Kind == fault.Limited {
		j.State, j.NextTry = queue.Waiting, now.Add(min(maxRetry, 5*time.Second<<min(j.Tries, 10)))
		return j
	}
	j.State, j.NextTry, j.DoneAt, j.Problem = queue.Failed, time.Time{}, now, f.Message
	later := scheduled(j)
	s.events.Publish(userTopic(j.Owner), SendingFailed{UserID: j.Owner, ScheduledID: j.ID, ChannelID: later.ChannelID, Problem: f.Message})
	return j
}

func (s *Service) sendScheduled(ctx context.Context, j queue.Job) queue.Job {
	if _, err := s.postScheduled(ctx, j, false); err != nil {
		return s.notSent(j, err)
	}
	return queue.Job{ID: j.ID, Owner: j.Owner}
}

// Tasks returns what is done at a time: sending messages, reminding people, ending what they said of themselves and removing
// what is too old. failed is told of what the store refuses.
func (s *Service) Tasks(failed func(error)) []queue.Work {
	work := queue.Work{Store: s.jobs, Now: s.now, Lease: taskLease, Parallel: 4, Failed: failed}
	messages, reminders, statuses := work, work, work
	messages.Kind, messages.Do = jobMessage, s.sendScheduled
	reminders.Kind, reminders.Do = jobReminder, s.remind
	statuses.Kind, statuses.Do = jobStatus, s.clearStatus
	return append([]queue.Work{messages, reminders, statuses, s.sweepTask(work)}, s.meaningTasks(work)...)
}
