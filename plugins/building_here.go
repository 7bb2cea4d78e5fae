package plugins

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/excerpt"
	"pegasus/fault"
)

const (
	buildCommand    = "build"
	buildsPerPerson = 5  // a minute
	maxBuildName    = 40 // characters of a name that is made of what was asked for
	maxShownProblem = 200
)

// runBuild makes a plugin of who wrote the command, asks a model for what they want, and has the workbench tell in a thread
// how that goes.
func (s *Service) runBuild(ctx context.Context, c chat.Call) (chat.Outcome, error) {
	if c.Text == "" {
		return chat.Outcome{}, fault.Field("content", "COMMAND_USAGE", "Write it as /build what it should do.")
	}
	content := "/" + buildCommand + " " + c.Text
	_, place, err := s.chat.Channel(ctx, c.Actor, c.Channel.ID)
	if err == nil {
		err = chat.MayPost(c.Actor, c.Channel, place, c.Draft.ParentID != "", s.now())
	}
	if err == nil {
		err = s.rates.take("build "+c.Actor.ID, buildsPerPerson, time.Minute)
	}
	if err == nil {
		err = s.checkBudget(ctx, c.Actor.ID, c.Actor.Role)
	}
	if err != nil {
		return chat.Outcome{}, err
	}
	key := ""
	if c.Draft.Key != "" {
		key = "build-" + accounts.HashSecret(c.Draft.Key)[:32]
	}
	first, done, err := s.once(ctx, c.Actor.ID, key)
	if err != nil || !first {
		return chat.Outcome{Reply: "This is being built already."}, err
	}
	out, err := s.buildHere(ctx, c, content, chat.MayInstall(c.Actor, c.Channel, place))
	if err != nil && out.Message.ID == "" {
		done(ctx)
	}
	return out, err
}

func (s *Service) buildHere(ctx context.Context, c chat.Call, content string, keeper bool) (chat.Outcome, error) {
	bot, err := s.workbench(ctx)
	if err == nil {
		err = s.chat.Seat(ctx, c.Channel.ID, bot)
	}
	most := 0
	if err == nil {
		most, err = s.chat.MaxMessage(ctx)
	}
	if err != nil {
		return chat.Outcome{}, err
	}
	p, err := s.createNamed(ctx, c.Actor, buildName(c.Text))
	if err != nil {
		return chat.Outcome{}, err
	}
	_, a, err := s.ask(ctx, c.Actor, p.ID, "", c.Text, true)
	if err != nil {
		s.dropBuild(ctx, c.Actor, p)
		return chat.Outcome{}, err
	}
	ctx = context.WithoutCancel(ctx)
	d := c.Draft
	d.Content = content
	m, err := s.chat.PostMessage(ctx, c.Actor, c.Channel.ID, d)
	if err != nil {
		s.dropBuild(ctx, c.Actor, p)
		return chat.Outcome{}, err
	}
	root := m.ID
	if m.ParentID != "" {
		root = m.ParentID
	}
	r := report{
		link: s.url + "/plugins/" + p.ID, channelID: c.Channel.ID, name: p.Name, root: root, asker: c.Actor.Username, maker: quoted(c.Actor.Shown()), keeper: keeper,
		lines: []string{"The model has begun."}, most: most,
	}
	told, err := s.chat.PostMessage(ctx, bot, c.Channel.ID, chat.Draft{Content: r.text(), ParentID: root})
	if err != nil {
		s.dropBuild(ctx, c.Actor, p)
		return chat.Outcome{Message: m}, err
	}
	s.watch(ctx, bot, told.ID, a, r)
	return chat.Outcome{Message: m}, nil
}

// dropBuild deletes a plugin of which nobody would be told, and ends the answer that was asked for.
func (s *Service) dropBuild(ctx context.Context, actor accounts.User, p Plugin) {
	if err := s.DeletePlugin(context.WithoutCancel(ctx), actor, p.ID); err != nil {
		s.failed(ctx, "delete a plugin that is not built", err)
	}
}

// createNamed makes a plugin with a name, or with a number behind it where the actor has one of this name.
func (s *Service) createNamed(ctx context.Context, actor accounts.User, name string) (Plugin, error) {
	for n := 1; ; n++ {
		p, err := s.CreatePlugin(ctx, actor, NewPlugin{Name: copyName(name, n)})
		if fault.From(err) != ErrPluginExists || n == maxCopies {
			return p, err
		}
	}
}

// buildName makes a name of the first words of what was asked for.
func buildName(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	name := ""
	for _, word := range words {
		if utf8.RuneCountInString(name)+1+utf8.RuneCountInString(word) > maxBuildName {
			break
		}
		name = strings.TrimSpace(name + " " + word)
	}
	if name == "" {
		return "New plugin"
	}
	return name
}

// watch keeps the message that tells of an answer up to it, until it is over. The end is a message of its own, which who
// asked is told of.
func (s *Service) watch(ctx context.Context, bot accounts.User, messageID string, a *answer, r report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.working.Add(1)
	go func() {
		defer s.working.Done()
		ctx, cancel := context.WithTimeout(ctx, maxAnswer+time.Minute)
		defer cancel()
		told := func(err error) {
			if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Forbidden) { // somebody deleted it; the answer goes on
				s.failed(ctx, "tell of a plugin that is built", err)
			}
		}
		_ = a.follow(ctx, 0, func(step Event) error { // it fails with ctx alone
			if !r.take(step) {
				return nil
			}
			_, err := s.chat.EditMessage(ctx, bot, messageID, r.text())
			told(err)
			if step.Kind == DoneEvent {
				_, err = s.chat.PostMessage(ctx, bot, r.channelID, chat.Draft{Content: r.ending(*step.Exchange), ParentID: r.root})
				told(err)
			}
			return nil
		})
	}()
}

// report is what a channel is told of a plugin that is being built. Its links are for who had it built: it is not shared, so it says
// whom they help. They name the plugin by its id, as others may have one of the same name.
type report struct {
	link, channelID, name string
	root                  string // of the thread
	asker                 string // username
	maker                 string // quoted
	keeper                bool   // the maker installs plugins here without asking anybody
	lines                 []string
	files                 []string
	came                  string // to what it came, "" while it is under way
	most                  int    // characters of a message
}

// take notes a step, and reports whether it changes what is told.
func (r *report) take(e Event) bool {
	switch e.Kind {
	case RoundEvent:
		if e.Round > 1 {
			r.lines = append(r.lines, fmt.Sprintf("Round %d: it mends what was wrong.", e.Round))
			return true
		}
	case FileEvent:
		r.files = append(r.files, e.File)
	case BuildingEvent:
		line := "Compiling."
		if len(r.files) > 0 {
			line = "Wrote " + quoted(strings.Join(r.files, ", ")) + ". Compiling."
		}
		r.lines, r.files = append(r.lines, line), nil
		return true
	case ProblemsEvent:
		r.lines = append(r.lines, "It does not compile: "+shownProblems(e.Problems))
		return true
	case DoneEvent:
		r.came = outcome(*e.Exchange)
		return true
	}
	return false
}

// outcome says in a word or two what became of an answer.
func outcome(e Exchange) string {
	switch {
	case e.State == Stopped:
		return "Stopped"
	case e.State == Broken || e.Version == 0 || e.Build != nil && !e.Build.Success:
		return "Not built"
	case e.Build == nil: // other changes came between, and all of it waits for the compiler
		return "Written"
	}
	return "Built"
}

// ending tells who asked how it ended.
func (r *report) ending(e Exchange) string {
	said := fmt.Sprintf("Version %d is there. You can [open it](%s).", e.Version, r.link)
	switch {
	case e.State == Stopped:
		said = "It was stopped."
	case e.State == Broken:
		said = "It came to nothing: " + e.Problem
	case e.Version == 0:
		said = fmt.Sprintf("The model changed nothing. You can [read its answer](%s).", r.link)
	case e.Build != nil && e.Build.Success:
		next := "ask to have it installed here"
		if r.keeper {
			next = "install it here"
		}
		said = fmt.Sprintf("**It is built.** You can [open it](%s) or [%s](%s?install=%s).", r.link, next, r.link, r.channelID)
	case e.Build != nil:
		said = fmt.Sprintf("It still does not compile. You can [go on in the workbench](%s).", r.link)
	}
	return excerpt.Of("@"+r.asker+" "+quoted(r.name)+": "+said, r.most)
}

// text is the message as it stands.
func (r *report) text() string {
	head := fmt.Sprintf("Building %s. %s can [watch it in the workbench](%s).", quoted(r.name), r.maker, r.link)
	if r.came != "" {
		head = r.came + ": " + quoted(r.name)
	}
	return excerpt.Of(head+"\n- "+strings.Join(r.lines, "\n- "), r.most)
}

func shownProblems(problems []Problem) string {
	if len(problems) == 0 {
		return "the compiler says nothing more."
	}
	p := problems[0]
	text := p.Text
	if p.File != "" {
		text = fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	}
	shown := quoted(excerpt.Of(text, maxShownProblem))
	if len(problems) > 1 {
		shown += fmt.Sprintf(" and %d more", len(problems)-1)
	}
	return shown
}

// quoted shows a text as it is, whatever Markdown would make of it.
func quoted(text string) string {
	return "`" + strings.Join(strings.Fields(strings.ReplaceAll(text, "`", "'")), " ") + "`"
}
