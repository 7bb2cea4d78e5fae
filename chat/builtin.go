package chat

import (
	"context"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
)

// builtin returns the commands that every channel has.
func (s *Service) builtin() []Command {
	return []Command{
		{Name: "me", Hint: "text", Help: "Say what you are doing", Posts: true, Run: s.runMe},
		{Name: "shrug", Hint: "[text]", Help: `Add a shrug to your text`, Posts: true, Run: s.runShrug},
		{Name: "msg", Hint: "@person text", Help: "Send somebody a direct message", Run: s.runMsg},
		{Name: "dm", Hint: "@person [text]", Help: "Open the conversation with somebody", Run: s.runMsg},
		{Name: "invite", Hint: "@person …", Help: "Add people to this channel", Named: true, Run: s.runInvite},
		{Name: "join", Hint: "channel", Help: "Join a channel and go there", Run: s.runJoin},
		{Name: "leave", Help: "Leave this channel", Named: true, Run: s.runLeave},
		{Name: "topic", Hint: "[text]", Help: "Say what this channel talks of", Named: true, Run: s.runTopic},
		{Name: "archive", Help: "Take this channel out of use", Named: true, Run: s.runArchive},
		{Name: "remind", Hint: "me in 20 minutes to …", Help: "Be reminded of something at a time", Run: s.runRemind},
		{Name: "away", Help: "Be away, or back again", Run: s.runAway},
		{Name: "status", Hint: "[emoji] text [for 1 hour]", Help: "Say beside your name what you are about, or clear it", Run: s.runStatus},
		{Name: "mute", Help: "Mute this channel, or let it call you again", Run: s.runMute},
		{Name: "help", Hint: "[command]", Help: "List the commands that work here", Run: s.runHelp},
	}
}

func (s *Service) post(ctx context.Context, c Call, content string) (Outcome, error) {
	c.Draft.Content = content
	m, err := s.PostMessage(ctx, c.Actor, c.Channel.ID, c.Draft)
	return Outcome{Message: m}, err
}

func (s *Service) runMe(ctx context.Context, c Call) (Outcome, error) {
	if c.Text == "" {
		return Outcome{}, usage("me", "text")
	}
	return s.post(ctx, c, "_"+c.Text+"_")
}

// shrug is ¯\_(ツ)_/¯ as Markdown leaves it alone.
const shrug = `¯\\\_(ツ)\_/¯`

func (s *Service) runShrug(ctx context.Context, c Call) (Outcome, error) {
	return s.post(ctx, c, strings.TrimSpace(c.Text+" "+shrug))
}

func (s *Service) runMsg(ctx context.Context, c Call) (Outcome, error) {
	name, text, _ := strings.Cut(c.Text, " ")
	if name == "" {
		return Outcome{}, usage("msg", "@person text")
	}
	u, err := s.personNamed(ctx, name)
	if err != nil {
		return Outcome{}, err
	}
	direct, _, err := s.DirectChannel(ctx, c.Actor, u.ID)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{ChannelID: direct.ID, Reply: "This is your conversation with " + u.Shown() + "."}
	if text = strings.TrimSpace(text); text == "" {
		return out, nil
	}
	out.Message, err = s.PostMessage(ctx, c.Actor, direct.ID, Draft{Content: text, Key: c.Draft.Key})
	out.Reply = "Your message went to " + u.Shown() + "."
	return out, err
}

func (s *Service) runInvite(ctx context.Context, c Call) (Outcome, error) {
	names := strings.Fields(c.Text)
	if len(names) == 0 || len(names) > MaxMentions {
		return Outcome{}, usage("invite", "@person …")
	}
	people := make([]accounts.User, len(names))
	for i, name := range names {
		var err error
		if people[i], err = s.personNamed(ctx, name); err != nil {
			return Outcome{}, err
		}
	}
	added := make([]string, 0, len(people))
	for _, u := range people {
		// Somebody who is in already does not keep the others out.
		if err := s.AddMember(ctx, c.Actor, c.Channel.ID, u.ID); err == nil {
			added = append(added, u.Shown())
		} else if err != errMember || len(people) == 1 {
			return Outcome{}, err
		}
	}
	if len(added) == 0 {
		return Outcome{Reply: "They are in this channel already."}, nil
	}
	return Outcome{Reply: "You added " + strings.Join(added, ", ") + " to " + c.Channel.Name + "."}, nil
}

func (s *Service) runJoin(ctx context.Context, c Call) (Outcome, error) {
	name := strings.TrimLeft(c.Text, "#~")
	if name == "" {
		return Outcome{}, usage("join", "channel")
	}
	found, err := s.store.ChannelByName(ctx, name)
	if fault.Is(err, fault.NotFound) || err == nil && found.Archived {
		return Outcome{}, hindered("CHANNEL_NOT_FOUND", "There is no public channel called "+name+".")
	}
	if err != nil {
		return Outcome{}, err
	}
	if err := s.Join(ctx, c.Actor, found.ID); err != nil && err != errMember {
		return Outcome{}, err
	}
	return Outcome{ChannelID: found.ID, Reply: "You are in " + found.Name + "."}, nil
}

func (s *Service) runLeave(ctx context.Context, c Call) (Outcome, error) {
	err := s.RemoveMember(ctx, c.Actor, c.Channel.ID, c.Actor.ID)
	return Outcome{Left: true, Reply: "You left " + c.Channel.Name + "."}, err
}

func (s *Service) runArchive(ctx context.Context, c Call) (Outcome, error) {
	_, err := s.ArchiveChannel(ctx, c.Actor, c.Channel.ID)
	return Outcome{Left: true, Reply: c.Channel.Name + " is archived."}, err
}

func (s *Service) runTopic(ctx context.Context, c Call) (Outcome, error) {
	changed, err := s.SetTopic(ctx, c.Actor, c.Channel.ID, c.Text)
	if err != nil || changed.Topic == "" {
		return Outcome{Reply: "This channel has no topic any more."}, err
	}
	return Outcome{Reply: "The topic is now: " + changed.Topic}, nil
}

func (s *Service) runAway(ctx context.Context, c Call) (Outcome, error) {
	status, reply := string(accounts.StatusAway), "You are away. Write /away again when you are back."
	if c.Actor.Status == accounts.StatusAway {
		status, reply = string(accounts.StatusOnline), "Welcome back."
	}
	_, err := s.changeProfile(ctx, c.Actor.ID, accounts.ProfileChange{Status: &status})
	return Outcome{Reply: reply}, err
}

func (s *Service) runMute(ctx context.Context, c Call) (Outcome, error) {
	_, place, err := s.member(ctx, c.Actor, c.Channel.ID)
	if err != nil {
		return Outcome{}, err
	}
	reply := "It is muted: it calls you only by your name. Write /mute again to end that."
	if place.Muted {
		reply = "It is not muted any more."
	}
	return Outcome{Reply: reply}, s.SetChannelNotify(ctx, c.Actor, c.Channel.ID, place.Level, !place.Muted)
}

func (s *Service) runHelp(ctx context.Context, c Call) (Outcome, error) {
	commands, err := s.commands(ctx, c.Channel)
	if err != nil {
		return Outcome{}, err
	}
	wanted := strings.ToLower(strings.TrimPrefix(c.Text, "/"))
	var lines []string
	for _, command := range commands {
		if wanted == "" || command.Name == wanted {
			lines = append(lines, strings.TrimSpace("/"+command.Name+" "+command.Hint)+": "+command.Help)
		}
	}
	if len(lines) == 0 {
		return Outcome{}, errUnknownCommand(wanted)
	}
	return Outcome{Reply: strings.Join(lines, "\n")}, nil
}

// personNamed finds somebody who is still here by their username, with or without an @ before it.
func (s *Service) personNamed(ctx context.Context, name string) (accounts.User, error) {
	name = strings.TrimPrefix(name, "@")
	u, err := s.userNamed(ctx, strings.ToLower(name))
	if fault.Is(err, fault.NotFound) || err == nil && u.Deactivated {
		return accounts.User{}, hindered("USER_NOT_FOUND", "Nobody here is called @"+name+".")
	}
	return u, err
}

func usage(name, hint string) error {
	return hindered("COMMAND_USAGE", "Write it as /"+name+" "+hint+".")
}
