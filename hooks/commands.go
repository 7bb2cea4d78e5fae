package hooks

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/excerpt"
	"pegasus/fault"
	"pegasus/queue"
)

// Slash commands send what somebody wrote to another server and show what it answers, in the form that Slack and Mattermost
// have. Sources: https://docs.slack.dev/interactivity/implementing-slash-commands,
// https://developers.mattermost.com/integrate/slash-commands/custom.

const (
	// AnswerTime is how long the other side has to answer a command, as somebody waits for it.
	AnswerTime = 3 * time.Second

	callsPerPerson  = 30  // a minute, of all commands
	callsPerCommand = 120 // a minute
	inChannel       = "in_channel"
)

// Commands returns what commands of other servers add to those of a channel, in one read. Those of the channel come before
// those of all channels.
func (s *Service) Commands(ctx context.Context, channelID string) ([]chat.Command, error) {
	all, err := s.store.CommandHooks(ctx, channelID)
	slices.SortStableFunc(all, func(a, b Hook) int { return strings.Compare(b.ChannelID, a.ChannelID) })
	var list []chat.Command
	for _, h := range all {
		if h.Off {
			continue
		}
		about := h.About
		if about == "" {
			about = "Ask " + h.Name
		}
		list = append(list, chat.Command{
			Name: h.Command, Hint: h.Usage, Help: about,
			Run: func(ctx context.Context, by chat.Call) (chat.Outcome, error) { return s.call(ctx, h, by) },
		})
	}
	return list, err
}

// checkCommand brings a draft of a command to the form in which it is stored.
func (s *Service) checkCommand(ctx context.Context, actor accounts.User, channelID string, d *Draft) error {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	name, valid := chat.CommandName(d.Command)
	if !valid || len(name) > MaxCommand {
		return errCommand
	}
	d.Command = name
	var err error
	if d.URL, err = cleanURL(d.URL); err == nil {
		err = cleanHelp(&d.Usage, &d.About)
	}
	if err == nil {
		err = s.free(ctx, channelID, name)
	}
	return err
}

func cleanHelp(usage, about *string) error {
	if usage != nil && !oneLine(usage, MaxUsage) {
		return errUsage
	}
	if about != nil && !oneLine(about, MaxAbout) {
		return errAbout
	}
	return nil
}

// free refuses a name that a command has already where this one would work.
func (s *Service) free(ctx context.Context, channelID, name string) error {
	if s.chat.IsBuiltIn(name) {
		return errBuiltIn
	}
	taken, err := s.store.CommandTaken(ctx, name, channelID)
	if err == nil && !taken && s.others != nil {
		var others []chat.Command
		others, err = s.others(ctx, channelID)
		taken = slices.ContainsFunc(others, func(c chat.Command) bool { return c.Name == name })
	}
	if err == nil && taken {
		err = ErrCommandTaken
	}
	return err
}

// call sends what somebody wrote to where a command leads, and shows what comes back. Sent again with the same key it is not made again,
// and shows the same; with the same key and another text it is a Mismatch.
func (s *Service) call(ctx context.Context, h Hook, by chat.Call) (chat.Outcome, error) {
	if err := s.mayCall(ctx, by.Actor, by.Channel.ID, by.Draft.ParentID); err != nil {
		return chat.Outcome{}, err
	}
	if err := s.take("caller "+by.Actor.ID, callsPerPerson); err != nil {
		return chat.Outcome{}, err
	}
	if err := s.take("command "+h.ID, callsPerCommand); err != nil {
		return chat.Outcome{}, err
	}
	ctx = context.WithoutCancel(ctx)
	j, repeated, err := s.remember(ctx, h, by)
	if err != nil {
		return chat.Outcome{}, err
	}
	if repeated {
		return s.repeated(ctx, h, by, j)
	}
	answer, silent, err := s.ask(ctx, h, by, j)
	if err != nil {
		// Where this fails a retry is told that it was called, which is the lesser evil.
		_ = s.jobs.DeleteJob(ctx, h.ID, j.ID, j.Version)
		return chat.Outcome{}, err
	}
	// From here on it was made, whatever becomes of what it said.
	said := strings.TrimSpace(strings.ToValidUTF8(string(answer.Body), ""))
	if by.Draft.Key != "" {
		// Where this fails a retry is told that it was called, and not what it said.
		_ = s.change(ctx, h, j, func(c *called) error {
			c.Silent, c.Said = silent, &said
			return nil
		})
	}
	if silent {
		return unanswered(h), nil
	}
	return s.answered(ctx, h, by, j.ID, said)
}

func unanswered(h Hook) chat.Outcome {
	return chat.Outcome{Reply: fmt.Sprintf("/%s has not answered within %d seconds. What it says later reaches you.", h.Command, AnswerTime/time.Second)}
}

// mayCall refuses who may not post where they call a command, or have it answer.
func (s *Service) mayCall(ctx context.Context, caller accounts.User, channelID, thread string) error {
	c, place, err := s.chat.Channel(ctx, caller, channelID)
	if err == nil && c.Archived {
		err = fault.New(fault.Forbidden, "CHANNEL_ARCHIVED", "This channel is archived.")
	}
	if err == nil {
		err = chat.MayPost(caller, c, place, thread != "", s.now())
	}
	return err
}

func (s *Service) take(key string, most int) error {
	if wait := s.rates.Take(key, most, time.Minute); wait > 0 {
		return &fault.Error{
			Kind: fault.Limited, Code: "TOO_MANY_CALLS", Message: "This command is called too often. Please try again in a moment.", RetryAfter: wait,
		}
	}
	return nil
}

// ask makes a call and returns what the other side said. It is an error where that was not reached or refused. One that is silent may
// be at work.
func (s *Service) ask(ctx context.Context, h Hook, by chat.Call, j queue.Job) (answer Answer, silent bool, err error) {
	body := []byte(s.callForm(h, by, j.ID).Encode())
	header := Sign(s.signingSecret(h), "cmd_"+j.ID, s.now(), body)
	signSlack(header, s.signingSecret(h), s.now(), body)
	header["Content-Type"] = "application/x-www-form-urlencoded"
	header["Accept"] = "application/json"
	waiting, cancel := context.WithTimeout(ctx, AnswerTime)
	defer cancel()
	answer, err = s.send(waiting, Request{URL: h.URL, Header: header, Body: body})
	switch {
	case err != nil && waiting.Err() != nil:
		return Answer{}, true, nil
	case err != nil:
		return Answer{}, false, failedCommand(h, "could not be reached")
	case answer.Status < 200 || answer.Status > 299:
		return Answer{}, false, failedCommand(h, fmt.Sprintf("failed: its server answered %d", answer.Status))
	}
	s.touch(ctx, h)
	return answer, false, nil
}

func failedCommand(h Hook, how string) error {
	return fault.New(fault.Conflict, "COMMAND_FAILED", "/"+h.Command+" "+how+".")
}

// callForm is what a call sends. A command of all channels is not told the names of those that not everyone sees.
func (s *Service) callForm(h Hook, by chat.Call, callID string) url.Values {
	name := by.Channel.Name
	switch {
	case by.Channel.IsDirect():
		name = "directmessage"
	case by.Channel.Type == chat.Private && h.ChannelID == "":
		name = "privategroup"
	}
	form := url.Values{
		"token": {s.token(h)}, "team_id": {"pegasus"}, "team_domain": {s.host}, "channel_id": {by.Channel.ID}, "channel_name": {name},
		"user_id": {by.Actor.ID}, "user_name": {by.Actor.Username}, "command": {"/" + h.Command}, "text": {by.Text},
		"response_url": {s.url + ResponsePath + s.address(h, callID)},
	}
	if by.Draft.ParentID != "" {
		form.Set("root_id", by.Draft.ParentID)
	}
	return form
}

// answered shows what the other side said at once: to the caller alone, or to the channel where it asks for that.
func (s *Service) answered(ctx context.Context, h Hook, by chat.Call, callID, said string) (out chat.Outcome, err error) {
	p := parseAnswer(said)
	names, err := s.names(ctx, p)
	if err != nil {
		return out, err
	}
	most, err := s.chat.MaxMessage(ctx)
	if err != nil {
		return out, err
	}
	text := p.Markdown(names)
	switch {
	case text == "":
		return chat.Outcome{Reply: "/" + h.Command + " was called."}, nil
	case p.ResponseType != inChannel:
		return chat.Outcome{Reply: excerpt.Of(text, most), Markdown: true}, nil
	}
	texts, err := s.split(ctx, text)
	if err != nil {
		return out, failedCommand(h, "answered with too long a text")
	}
	if h.ChannelID == "" { // by whose right its bot posts, who may have lost it meanwhile
		if err := s.mayCall(ctx, by.Actor, by.Channel.ID, by.Draft.ParentID); err != nil {
			return out, err
		}
	}
	out.Message, err = s.post(ctx, h, by.Channel.ID, by.Draft.ParentID, p, texts, "command-"+callID)
	switch f := fault.From(err); {
	case f == nil:
	case f.Kind == fault.NotFound:
		err = failedCommand(h, "may not post here: its bot was taken out of the channel")
	case f.Code == errBotOff.Code:
		err = failedCommand(h, "may not post: an admin has switched its bot off")
	case f.Code == "MUTED":
		err = failedCommand(h, "may not post here: its bot is muted in the channel")
	}
	return out, err
}

// parseAnswer reads JSON, and takes everything else for a plain text.
func parseAnswer(text string) Payload {
	if strings.HasPrefix(text, "{") {
		if p, err := ParsePayload("application/json", []byte(text)); err == nil {
			return p
		}
	}
	return Payload{Text: text}
}
