package plugins

import (
	"context"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"pegasus/accounts"
	"pegasus/excerpt"
	"pegasus/fault"
)

const (
	// MaxImproved is how long a text may become by being improved, in characters.
	MaxImproved = 4000
	// maxImproving is how long that may take.
	maxImproving = 2 * time.Minute
)

// Adviser is a Generator that helps before anything is asked of it. One that needs no model, or keeps projects itself, is none.
type Adviser interface {
	// Reckon returns about how many tokens the model reads in the first round of r.
	Reckon(r Request) int64
	// Improve says in Answer.Text what r.Ask wants, more clearly and in full. Of r.Files the model sees the manifest and the
	// names of the others, and of History nothing. What else holds for Generate holds here.
	Improve(ctx context.Context, r Request) (Answer, error)
}

// Improved is a wish in clearer and fuller words.
type Improved struct {
	Text  string // plain, 1 to MaxImproved characters
	Model string
	Usage Usage
}

var (
	errNoAdviser    = fault.New(fault.Conflict, "IMPROVING_UNSUPPORTED", "Only a model can improve the wording of a request, and none is configured here.")
	errImprovedSlow = fault.New(fault.Unavailable, "ANSWER_TOO_SLOW", "The model took longer than 2 minutes. Please try again, or ask as it is.")
	errUnfit        = fault.Away("ANSWER_UNFIT", "The model's answer is of no use. Please ask again.", nil)
)

// Improves reports whether Improve can do anything here.
func (s *Service) Improves() bool {
	_, can := s.generator.(Adviser)
	return can
}

// Improve has the model say more clearly and in full what the actor wants of a plugin of theirs, or with pluginID "" of one
// that is to be made. Nothing is asked by it, and nothing but its use is kept. It ends with ctx.
func (s *Service) Improve(ctx context.Context, actor accounts.User, pluginID, text string) (Improved, error) {
	adviser, can := s.generator.(Adviser)
	if !can {
		return Improved{}, errNoAdviser
	}
	text, err := cleanAsk(text)
	if err != nil {
		return Improved{}, err
	}
	r := Request{Asker: askerOf(actor), Ask: text, Round: 1}
	if pluginID != "" {
		p, err := s.own(ctx, actor, pluginID)
		if err != nil {
			return Improved{}, err
		}
		if r.Plugin = p.Name; p.Head > 0 {
			if r.Files, err = s.files(ctx, p, p.Head); err != nil {
				return Improved{}, err
			}
		}
	}
	if err := s.checkBudget(ctx, actor.ID, actor.Role); err != nil {
		return Improved{}, err
	}
	_, release, err := s.admit()
	if err != nil {
		return Improved{}, err
	}
	defer release()
	return s.improve(ctx, adviser, actor, r)
}

// improve is the call of the model.
func (s *Service) improve(ctx context.Context, adviser Adviser, actor accounts.User, r Request) (Improved, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxImproving, errImprovedSlow)
	defer cancel()
	began := s.now()
	answered, err := adviser.Improve(ctx, r)
	answered.Usage.Took = s.now().Sub(began).Milliseconds()
	made := Improved{Text: plainText(answered.Text), Model: answered.Model, Usage: s.book(ctx, actor.ID, answered.Usage)}
	if err != nil {
		return Improved{}, err
	}
	if made.Text == "" {
		return Improved{}, errUnfit
	}
	return made, nil
}

// plainText makes of what a model says something that can be asked: a fence around the whole of it, and what shows nothing, go.
func plainText(text string) string {
	text = strings.TrimSpace(norm.NFC.String(plainLines(strings.ToValidUTF8(text, ""))))
	if first, rest, fenced := strings.Cut(text, "\n"); fenced && strings.HasPrefix(first, "```") {
		if inside, ended := strings.CutSuffix(rest, "\n```"); ended && !strings.Contains(inside, "```") {
			text = inside
		}
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Bidi_Control) {
			return -1
		}
		return r
	}, text)
	return excerpt.Of(strings.TrimSpace(text), MaxImproved)
}
