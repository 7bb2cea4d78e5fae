package hooks

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/excerpt"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// jobDelivery is the kind of the jobs that send a message of a channel, or a test, to where a webhook leads. They belong to
// the webhook, and one that is over stays for a while to be looked at.
const jobDelivery = "hook"

const (
	deliverLease = 30 * time.Second // far longer than a delivery takes
	// maxFailures is how many deliveries in a row are given up before a webhook is switched off.
	maxFailures = 10
	maxExcerpt  = 200 // characters of an answer that are kept
)

// pauses are the times between the tries of a delivery, which is given up after the last one.
var pauses = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}

// delivery is the body of a job.
type delivery struct {
	MessageID string `json:"message_id,omitempty"`
	Trigger   string `json:"trigger,omitempty"`
	TestBy    string `json:"test_by,omitempty"` // who asked for a test, "" for a message
	Status    int    `json:"status,omitempty"`  // of the last answer, 0 where there was none
	Excerpt   string `json:"excerpt,omitempty"` // of the last answer
}

// Delivery is one sending of a webhook, as its keepers see it.
type Delivery struct {
	ID        string
	MessageID string // "" for a test
	State     queue.State
	Tries     int
	Status    int    // of the last answer, 0 where there was none
	Excerpt   string // of the last answer
	Problem   string
	At        time.Time
	NextTry   time.Time // zero where it is over
}

// Test reports whether somebody asked for it.
func (d Delivery) Test() bool { return d.MessageID == "" }

// Posted sees to it that a new message is sent by the webhooks of its channel that listen for it. What bots write is not
// sent, so that no two programs answer each other for ever.
func (s *Service) Posted(ctx context.Context, p chat.Posted) {
	if p.Author.Bot || p.Channel.IsDirect() {
		return
	}
	all, err := s.store.ChannelHooks(ctx, p.Channel.ID)
	if err != nil {
		s.failed(ctx, "look for webhooks", err)
		return
	}
	for _, h := range all {
		if h.Kind != Outgoing || h.Off {
			continue
		}
		word, listens := triggered(h.Triggers, p.Message.Content)
		if !listens {
			continue
		}
		if err := s.enqueue(ctx, h, p.Message.ID, delivery{MessageID: p.Message.ID, Trigger: word}); err != nil {
			s.failed(ctx, "keep what a webhook is to send", err)
		}
	}
}

// triggered reports whether a message begins with one of the words, and with which. Without words every message counts.
func triggered(words []string, content string) (word string, listens bool) {
	text := strings.ToLower(strings.TrimSpace(content))
	for _, word := range words {
		if rest, begins := strings.CutPrefix(text, word); begins {
			next, _ := utf8.DecodeRuneInString(rest)
			if rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next) {
				return word, true
			}
		}
	}
	return "", len(words) == 0
}

// enqueue keeps a delivery. Under one key there is one.
func (s *Service) enqueue(ctx context.Context, h Hook, key string, d delivery) error {
	now := s.now()
	_, _, err := s.jobs.AddJob(context.WithoutCancel(ctx), queue.Job{
		ID: id.New(now), Kind: jobDelivery, Owner: h.ID, Key: key, State: queue.Waiting, Due: now, NextTry: now, Body: encode(d), CreatedAt: now,
	})
	return err
}

func encode(body any) string {
	text, _ := json.Marshal(body) // ours always encode
	return string(text)
}

func decode(j queue.Job) (d delivery) {
	_ = json.Unmarshal([]byte(j.Body), &d) // written by us
	return d
}

// Test sends a message that says that it is a test, also where the webhook is switched off. What comes back is shown and not
// posted.
func (s *Service) Test(ctx context.Context, actor accounts.User, hookID string) error {
	h, err := s.Hook(ctx, actor, hookID)
	if err == nil && h.Kind != Outgoing {
		err = errKind
	}
	if err == nil {
		_, err = s.channel(ctx, actor, h.ChannelID)
	}
	if err != nil {
		return err
	}
	return s.enqueue(ctx, h, "", delivery{TestBy: actor.ID})
}

// Deliveries returns what a webhook is sending and has sent lately, the newest first, for who keeps the channel.
func (s *Service) Deliveries(ctx context.Context, actor accounts.User, hookID string) ([]Delivery, error) {
	h, err := s.Hook(ctx, actor, hookID)
	if err == nil {
		_, err = s.channel(ctx, actor, h.ChannelID)
	}
	if err != nil {
		return nil, err
	}
	jobs, err := s.jobs.Jobs(ctx, h.ID, jobDelivery, KeptRecords)
	list := make([]Delivery, len(jobs))
	for i, j := range jobs {
		d := decode(j)
		list[i] = Delivery{
			ID: j.ID, MessageID: d.MessageID, State: j.State, Tries: j.Tries, Status: d.Status, Excerpt: d.Excerpt, Problem: j.Problem,
			At: j.CreatedAt, NextTry: j.NextTry,
		}
	}
	return list, err
}

// Work returns what sends deliveries. failed is told of what the store refuses.
func (s *Service) Work(failed func(error)) queue.Work {
	return queue.Work{Store: s.jobs, Kind: jobDelivery, Now: s.now, Lease: deliverLease, Parallel: 8, Do: s.deliver, Failed: failed}
}

// deliver sends one message with the rights that the webhook's keeper has now.
func (s *Service) deliver(ctx context.Context, j queue.Job) queue.Job {
	h, err := s.store.Hook(ctx, j.Owner)
	if fault.Is(err, fault.NotFound) {
		return queue.Job{ID: j.ID, Owner: j.Owner} // gone, and nobody looks at it any more
	}
	if err != nil {
		return s.again(j, decode(j), err.Error())
	}
	d := decode(j)
	if h.Off && d.TestBy == "" {
		return s.over(ctx, j, d, "The webhook was switched off.")
	}
	body, root, err := s.body(ctx, h, d)
	switch {
	case fault.Is(err, fault.Forbidden):
		s.stop(ctx, h, "Who keeps it cannot read the channel any more.")
		return s.over(ctx, j, d, "Who keeps the webhook cannot read the channel any more.")
	case fault.Is(err, fault.NotFound):
		return s.over(ctx, j, d, "The message was deleted.")
	case err != nil:
		return s.again(j, d, "We could not read the message.")
	}
	sending, cancel := context.WithTimeout(ctx, SendTime)
	defer cancel()
	header := Sign(s.signingSecret(h), "msg_"+j.ID, s.now(), body)
	header["Content-Type"] = "application/json"
	answer, err := s.send(sending, Request{URL: h.URL, Header: header, Body: body})
	d.Status, d.Excerpt = answer.Status, answerText(answer.Body)
	if err != nil {
		d.Status, d.Excerpt = 0, ""
		return s.giveUp(ctx, h, s.again(j, d, "Nobody answered there, or the address may not be reached."))
	}
	if answer.Status < 200 || answer.Status > 299 {
		j = s.again(j, d, "The other side refused it.")
		if answer.Status == 410 {
			s.stop(ctx, h, "The other side says that it is gone.")
			return s.over(ctx, j, d, j.Problem)
		}
		return s.giveUp(ctx, h, j)
	}
	if problem := s.reply(ctx, h, j, d, root, answer); problem != "" {
		return s.over(ctx, j, d, problem)
	}
	s.worked(ctx, h)
	j = s.over(ctx, j, d, "")
	j.State = queue.Done
	return j
}

// worked notes that a webhook was used, and forgets what failed before.
func (s *Service) worked(ctx context.Context, h Hook) {
	s.touch(ctx, h)
	if h.Failures > 0 {
		if _, err := s.store.ChangeHook(ctx, h.ID, Change{Failures: new(0)}, h.UpdatedAt); err != nil && !fault.Is(err, fault.NotFound) {
			s.failed(ctx, "note that a webhook works", err)
		}
	}
}

// again is a delivery that failed: it waits for its next try, or has none left.
func (s *Service) again(j queue.Job, d delivery, problem string) queue.Job {
	now := s.now()
	j.Body, j.Problem = encode(d), problem
	if j.Tries > len(pauses) || d.TestBy != "" {
		j.State, j.NextTry, j.DoneAt = queue.Failed, time.Time{}, now
		return j
	}
	j.State, j.NextTry = queue.Waiting, now.Add(pauses[j.Tries-1])
	return j
}

// over is a delivery that will not be tried again.
func (s *Service) over(ctx context.Context, j queue.Job, d delivery, problem string) queue.Job {
	j.State, j.NextTry, j.DoneAt, j.Body, j.Problem = queue.Failed, time.Time{}, s.now(), encode(d), problem
	s.prune(ctx, j)
	return j
}

// giveUp counts a delivery that has no try left, and switches the webhook off after too many in a row.
func (s *Service) giveUp(ctx context.Context, h Hook, j queue.Job) queue.Job {
	if j.State != queue.Failed {
		return j
	}
	s.prune(ctx, j)
	if decode(j).TestBy != "" {
		return j
	}
	after, err := s.store.CountHookFailure(ctx, h.ID)
	if err != nil {
		s.failed(ctx, "count a failure of a webhook", err)
		return j
	}
	if after.Failures >= maxFailures {
		s.stop(ctx, after, "Ten messages in a row could not be delivered.")
	}
	return j
}

// prune removes old deliveries that are over, so that a webhook keeps no more than KeptRecords of them.
func (s *Service) prune(ctx context.Context, now queue.Job) {
	jobs, err := s.jobs.Jobs(ctx, now.Owner, jobDelivery, 10*KeptRecords)
	if err != nil {
		return // the next one removes it
	}
	kept := 1
	for _, j := range jobs {
		if j.ID == now.ID || j.State != queue.Done && j.State != queue.Failed {
			continue
		}
		if kept++; kept > KeptRecords {
			_ = s.jobs.DeleteJob(ctx, j.Owner, j.ID, j.Version)
		}
	}
}

// stop switches a webhook off and tells who keeps it, once.
func (s *Service) stop(ctx context.Context, h Hook, problem string) {
	before, err := s.store.Hook(ctx, h.ID)
	if err == nil && !before.Off {
		_, err = s.store.ChangeHook(ctx, h.ID, Change{Off: new(true), Problem: &problem}, s.now())
	}
	if err != nil || before.Off {
		if err != nil && !fault.Is(err, fault.NotFound) {
			s.failed(ctx, "switch a webhook off", err)
		}
		return
	}
	s.accounts.Record(ctx, accounts.Event{Action: accounts.ActionHookStopped, UserID: h.BotID, Details: map[string]string{
		"hook": h.ID, "kind": string(h.Kind), "channel": h.ChannelID, "name": h.Name, "problem": problem,
	}})
	if err := s.tellKeeper(ctx, h, problem); err != nil {
		s.failed(ctx, "tell who keeps a webhook that it stopped", err)
	}
}

// tellKeeper writes to who keeps a webhook, as its bot.
func (s *Service) tellKeeper(ctx context.Context, h Hook, problem string) error {
	bot, err := s.accounts.User(ctx, h.BotID)
	if err != nil {
		return err
	}
	c, _, err := s.chat.DirectChannel(ctx, bot, h.KeeperID)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
		return nil // they are not here any more
	}
	if err != nil {
		return err
	}
	_, err = s.chat.PostMessage(ctx, bot, c.ID, chat.Draft{
		Content: "The outgoing webhook **" + plain(h.Name) + "** was switched off. " + problem + " You can switch it on again under Integrations of its channel.",
		Key:     "stopped-" + h.ID + "-" + s.now().Format("20060102T150405"),
	})
	return err
}

func answerText(body []byte) string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(body[:min(len(body), 4*maxExcerpt+utf8.UTFMax)]), ""))
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return excerpt.Of(text, maxExcerpt)
}
