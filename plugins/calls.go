package plugins

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/excerpt"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

// MaxFailures is how often in a row a plugin may fail before it is switched off.
const MaxFailures = 20

// The kinds of runs.
const (
	KindCommand  = "command"
	KindMessage  = "message"
	KindSchedule = "schedule"
	KindWebhook  = "webhook"
)

// call is one call of an install.
type call struct {
	kind   string
	event  sandbox.Event
	caller accounts.User // zero where nobody called
	thread string        // where answers go, "" for the channel
	origin string        // the message that called, "" for none
	key    string        // begins the keys of what is posted, so that doing it again posts nothing twice; "" for none
}

// Commands returns what installs add to the commands of a channel, in one read.
func (s *Service) Commands(ctx context.Context, channelID string) ([]chat.Command, error) {
	installs, err := s.store.InstallsIn(ctx, []string{channelID}, MaxInstalls)
	if err != nil {
		return nil, err
	}
	commands := []chat.Command{{
		Name: buildCommand, Hint: "what it should do", Help: "Have a plugin made, and watch it in a thread", Run: s.runBuild,
	}}
	for _, i := range installs {
		if i.State != Active {
			continue
		}
		m, err := readManifest(i.Manifest)
		if err != nil {
			return nil, err
		}
		for _, c := range m.Commands {
			commands = append(commands, chat.Command{
				Name: c.Name, Hint: c.Hint, Help: m.Title + ": " + c.Help,
				Run: func(ctx context.Context, call chat.Call) (chat.Outcome, error) {
					return s.answerCommand(ctx, i.ID, c.Name, call)
				},
			})
		}
	}
	return commands, nil
}

// answerCommand runs a command of an install for somebody who is in its channel.
func (s *Service) answerCommand(ctx context.Context, installID, name string, by chat.Call) (out chat.Outcome, err error) {
	i, err := s.store.Install(ctx, installID)
	if err != nil {
		return out, err
	}
	_, place, err := s.chat.Channel(ctx, by.Actor, i.ChannelID)
	if err == nil {
		err = chat.MayPost(by.Actor, by.Channel, place, by.Draft.ParentID != "", s.now())
	}
	if err == nil {
		err = s.rates.take("person "+by.Actor.ID, callsPerPerson, time.Minute)
	}
	if err != nil {
		return out, err
	}
	a, err := s.authorise(ctx, i)
	if err != nil {
		return out, err
	}
	c := call{kind: KindCommand, caller: by.Actor, thread: by.Draft.ParentID, event: sandbox.Command{
		Name: name, Text: by.Text, Person: asPerson(by.Actor), Thread: by.Draft.ParentID,
	}}
	if by.Draft.Key != "" {
		c.key = "plugin-" + accounts.HashSecret(i.ID + " " + by.Actor.ID + " " + by.Draft.Key)[:32]
	}
	first, done, err := s.once(ctx, i.ID, c.key)
	if err != nil || !first {
		return chat.Outcome{Reply: "This was answered already."}, err
	}
	result, err := s.run(ctx, a, c)
	if err == nil {
		out, err = s.say(ctx, a, c, result.Replies)
	}
	if err != nil {
		done(ctx)
		return chat.Outcome{}, s.forCaller(a, err)
	}
	if out.Message.ID == "" && out.Reply == "" {
		out.Reply = a.manifest.Title + " has nothing to say."
	}
	return out, nil
}

// forCaller tells who called what went wrong: the plugin's own failure in its words.
func (s *Service) forCaller(a authority, err error) error {
	var f *sandbox.Fault
	if errors.As(err, &f) {
		return fault.New(fault.Conflict, "PLUGIN_FAILED", a.manifest.Title+" failed: "+f.Message)
	}
	return err
}

// run has a plugin answer a call, and keeps what came of it.
func (s *Service) run(ctx context.Context, a authority, c call) (sandbox.Outcome, error) {
	if err := s.rates.take("install "+a.ID, callsPerInstall, time.Minute); err != nil {
		return sandbox.Outcome{}, err
	}
	program, err := s.program(ctx, a.PluginID, a.Bundle)
	if err != nil {
		return sandbox.Outcome{}, err
	}
	program.Owner = a.ID
	settings, err := s.given(a.Install, a.manifest)
	if err != nil {
		return sandbox.Outcome{}, err
	}
	out, err := s.runtime.Run(ctx, program, sandbox.Invocation{
		Event: c.event, Channel: sandbox.Channel{ID: a.channel.ID, Name: a.channel.Name}, Settings: settings, Now: s.now(), Zone: s.zone(ctx, c, a),
	}, &host{s: s, a: a, c: c})
	s.keepRun(context.WithoutCancel(ctx), a, c, out, err)
	return out, err
}

// zone returns the time zone of who called or, where nobody did, of who installed the plugin.
func (s *Service) zone(ctx context.Context, c call, a authority) *time.Location {
	who := c.caller
	if who.ID == "" {
		who = a.installer
	}
	p, err := s.chat.Preferences(ctx, who)
	if err != nil || p.Zone == "" {
		return time.UTC
	}
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// say posts what a plugin answered as its bot, under the rules for everybody's messages.
func (s *Service) say(ctx context.Context, a authority, c call, replies []sandbox.Reply) (out chat.Outcome, err error) {
	for n, r := range replies {
		if r.ToCaller {
			out.Reply = strings.TrimPrefix(out.Reply+"\n"+r.Text, "\n")
			continue
		}
		to := c.thread
		if to == "" && r.InThread {
			to = c.origin
		}
		if out.Message, err = s.post(ctx, a, c, r.Text, to, n); err != nil {
			return out, err
		}
	}
	return out, nil
}

// post posts the n-th message of a call.
func (s *Service) post(ctx context.Context, a authority, c call, text, thread string, n int) (chat.Message, error) {
	caller, here, place, err := s.calledBy(ctx, a, c)
	if err == nil && caller.ID != "" {
		err = chat.MayPost(caller, here, place, thread != "", s.now())
	}
	if err == nil {
		err = s.rates.take("posts "+a.bot.ID, postsPerBot, 10*time.Second)
	}
	if err != nil {
		return chat.Message{}, err
	}
	most, err := s.chat.MaxMessage(ctx)
	if err != nil {
		return chat.Message{}, err
	}
	d := chat.Draft{Content: excerpt.Of(text, most), ParentID: thread} // where it allows less than plugins may say
	if c.key != "" {
		d.Key = fmt.Sprintf("%s-%d", c.key, n)
	}
	m, err := s.chat.PostMessage(ctx, a.bot, a.ChannelID, d)
	if fault.Is(err, fault.NotFound) && thread == "" {
		err = fault.New(fault.Conflict, "BOT_REMOVED", "The bot of this plugin was taken out of the channel. Switching the plugin off and on brings it back.")
	}
	return m, err
}

// keepRun keeps what came of a call. A call that never ran, or that its caller gave up, leaves nothing.
func (s *Service) keepRun(ctx context.Context, a authority, c call, out sandbox.Outcome, failure error) {
	r := Run{
		ID: id.New(s.now()), InstallID: a.ID, Kind: c.kind, CallerID: c.caller.ID, Outcome: "ok", Log: strings.Join(out.Logs, "\n"),
		Took: out.Used.Wall.Milliseconds(), Memory: out.Used.Memory, At: s.now(),
	}
	var f *sandbox.Fault
	if failure != nil {
		if !errors.As(failure, &f) {
			return
		}
		r.Outcome, r.Problem = string(f.Kind), f.Error()
	}
	if err := s.store.AddRun(ctx, r, KeptRuns); err != nil && !fault.Is(err, fault.NotFound) {
		s.failed(ctx, "keep what a plugin did", err)
	}
	if err := s.countFailure(ctx, a, f); err != nil && !fault.Is(err, fault.NotFound) {
		s.failed(ctx, "count the failures of a plugin", err)
	}
}

// countFailure counts how often in a row an install has failed, and switches it off when that is enough.
func (s *Service) countFailure(ctx context.Context, a authority, f *sandbox.Fault) error {
	if f == nil && a.Failures == 0 {
		return nil
	}
	for try := 1; ; try++ {
		i, err := s.store.Install(ctx, a.ID)
		if err != nil || i.State != Active || i.Bundle != a.Bundle || f == nil && i.Failures == 0 {
			return err
		}
		if i.Failures++; f == nil {
			i.Failures = 0
		}
		if i.Failures >= MaxFailures {
			i.State, i.Problem = Off, fmt.Sprintf("It failed %d times in a row, and was switched off. The last time: %s", MaxFailures, f.Error())
		}
		i.UpdatedAt = s.now()
		err = s.store.SaveInstall(ctx, i)
		if fault.From(err) == ErrInstallChanged && try < saveTries {
			continue
		}
		if err == nil && i.State == Off {
			i.Revision++
			s.tellKeepers(ctx, a.channel, "", fmt.Sprintf("The plugin “%s” in %s failed %d times in a row, and was switched off.", a.manifest.Title, s.placeName(a.channel), MaxFailures))
			err = s.seat(ctx, i)
		}
		return err
	}
}

func asPerson(u accounts.User) sandbox.Person {
	return sandbox.Person{ID: u.ID, Name: u.Shown(), Username: u.Username}
}

// need refuses what was not granted.
func (a authority) need(p manifest.Permission) error {
	if !a.may(p) {
		return errSilent
	}
	return nil
}
