package chat

import (
	"context"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
)

// Command is something that people do in a conversation by writing /name.
type Command struct {
	Name string // lower-case letters, digits, hyphens and underscores, beginning with a letter
	Hint string // what may follow the name, such as "@person text"; "" for nothing
	Help string // what it does, one sentence
	// Posts says that it posts what was written, so that files may come with it.
	Posts bool
	// Named says that it is for channels with a name, and not for direct conversations.
	Named bool
	// Run carries it out for somebody who is in the channel.
	Run func(ctx context.Context, c Call) (Outcome, error)
}

// Call is one use of a command.
type Call struct {
	Actor   accounts.User
	Channel Channel
	Draft   Draft  // as it was sent
	Text    string // what follows the name, without space around it
}

// Outcome is what became of what a person sent.
type Outcome struct {
	Message Message // what was posted, here or elsewhere; without an id where nothing was
	Reply   string  // what the actor alone is told; never "" where nothing was posted
	// Markdown says that Reply is Markdown, and HTML is then how it is shown; else it is plain text.
	Markdown bool
	HTML     string
	// ChannelID is where the actor goes on, "" to stay.
	ChannelID string
	// Left says that the actor cannot stay: they are not in the channel any more, or it is out of use.
	Left bool
}

// Say carries out what a person wrote in the box of a channel that they are in. A text that begins with / and the name of a
// command runs it: names are those of Commands, and an unknown one is Invalid with code UNKNOWN_COMMAND. A text that begins
// with // and a letter is posted with one of them, and any other as PostMessage does. What hinders a command is Invalid,
// with the code of the hindrance, so that the text is not lost. With it goes the draft of the place.
func (s *Service) Say(ctx context.Context, actor accounts.User, channelID string, d Draft) (Outcome, error) {
	name, text, isCommand := parseCommand(d.Content)
	if !isCommand {
		if len(d.Content) > 2 && d.Content[:2] == "//" && isLetter(d.Content[2]) {
			d.Content = d.Content[1:]
		}
		d.saved = true
		m, err := s.PostMessage(ctx, actor, channelID, d)
		return Outcome{Message: m}, err
	}
	out, err := s.run(ctx, actor, channelID, d, name, text)
	if err == nil {
		s.endDraft(context.WithoutCancel(ctx), actor, channelID, d.ParentID)
	}
	return out, err
}

func (s *Service) run(ctx context.Context, actor accounts.User, channelID string, d Draft, name, text string) (Outcome, error) {
	if _, err := s.checkContent(ctx, d.Content, false); err != nil {
		return Outcome{}, err
	}
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return Outcome{}, err
	}
	commands, err := s.commands(ctx, c)
	if err != nil {
		return Outcome{}, err
	}
	at := slices.IndexFunc(commands, func(command Command) bool { return command.Name == name })
	if at < 0 {
		return Outcome{}, errUnknownCommand(name)
	}
	if len(d.Attachments) > 0 && !commands[at].Posts {
		return Outcome{}, hindered("COMMAND_WITH_FILES", "/"+name+" takes no files.")
	}
	out, err := commands[at].Run(ctx, Call{Actor: actor, Channel: c, Draft: d, Text: text})
	if out.Markdown {
		out.HTML = s.renderMentions(out.Reply, nil)
	}
	return out, hindrance(err)
}

// Commands lists what may be written in a channel that the actor is in, by name.
func (s *Service) Commands(ctx context.Context, actor accounts.User, channelID string) ([]Command, error) {
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return nil, err
	}
	return s.commands(ctx, c)
}

// IsBuiltIn reports whether every channel has a command of this name.
func (s *Service) IsBuiltIn(name string) bool {
	return slices.ContainsFunc(s.builtin(), func(c Command) bool { return c.Name == name })
}

// commands returns the built-in commands that suit a channel and those that were installed in it, by name. Of two with one
// name the built-in one counts, and then that of the earlier source.
func (s *Service) commands(ctx context.Context, c Channel) ([]Command, error) {
	list := s.builtin()
	for _, source := range s.installed {
		installed, err := source(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, installed...)
	}
	list = slices.DeleteFunc(list, func(command Command) bool { return command.Named && c.IsDirect() })
	slices.SortStableFunc(list, func(a, b Command) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b Command) bool { return a.Name == b.Name }), nil
}

// CommandName returns the name of a command as it is stored, of what somebody wrote with or without the slash.
func CommandName(text string) (name string, valid bool) {
	name, rest, valid := parseCommand("/" + strings.TrimPrefix(strings.TrimSpace(text), "/"))
	return name, valid && rest == ""
}

// parseCommand splits a text that is meant as a command. A path such as /etc/hosts is a text.
func parseCommand(content string) (name, text string, ok bool) {
	rest, slash := strings.CutPrefix(content, "/")
	if !slash || rest == "" || !isLetter(rest[0]) {
		return "", "", false
	}
	end := strings.IndexAny(rest, " \t\r\n")
	if end < 0 {
		end = len(rest)
	}
	if strings.ContainsFunc(rest[:end], notInName) {
		return "", "", false
	}
	return strings.ToLower(rest[:end]), strings.TrimSpace(rest[end:]), true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func errUnknownCommand(name string) error {
	return hindered("UNKNOWN_COMMAND", "There is no command /"+name+" here. Write /help for those there are, or //"+name+" to post it as text.")
}

func hindered(code, message string) error { return fault.Field("content", code, message) }

// hindrance makes a failure that the actor can do something about one of the text that they wrote.
func hindrance(err error) error {
	f := fault.From(err)
	if f == nil {
		return nil
	}
	switch f.Kind {
	case fault.NotFound, fault.Forbidden, fault.Conflict, fault.Invalid:
		return hindered(f.Code, f.Message)
	}
	return err
}
