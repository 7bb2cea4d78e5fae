package plugins

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
)

// MaxRequirements is the length of what Generate is asked for, description and requirements each, in characters.
const MaxRequirements = 4000

// Idea is what Generate is asked for.
type Idea struct {
	Description  string
	Requirements string
	Extra        map[string]json.RawMessage // what else was sent, which back ends alone understand
}

// Generate answers what a plugin would look like, without making one. The actor may be nobody: then the use counts for client,
// which names the address that asks. It ends with ctx.
func (s *Service) Generate(ctx context.Context, actor accounts.User, client string, idea Idea) (string, error) {
	ask, err := idea.ask()
	if err != nil {
		return "", err
	}
	who := actor.ID
	if who == "" {
		sum := sha256.Sum256([]byte(client))
		who = "address " + hex.EncodeToString(sum[:8])
	}
	if err := s.checkBudget(ctx, who, actor.Role); err != nil {
		return "", err
	}
	_, release, err := s.admit()
	if err != nil {
		return "", err
	}
	defer release()
	ctx, cancel := context.WithTimeoutCause(ctx, maxAnswer, errTooLong)
	defer cancel()
	began := s.now()
	answered, err := s.generator.Generate(ctx, Request{Asker: askerOf(actor), Ask: ask, Idea: idea, Round: 1}, func(Piece) {})
	answered.Usage.Took = s.now().Sub(began).Milliseconds()
	s.book(ctx, who, answered.Usage)
	if err != nil {
		return "", err
	}
	files, problems := apply(nil, answered.Changes)
	if len(problems) > 0 {
		return "", errUnfit
	}
	return shown(answered.Text, files), nil
}

// ask is the whole as one text.
func (i Idea) ask() (string, error) {
	const limit = "At most 4,000 characters."
	switch {
	case strings.TrimSpace(i.Description) == "":
		return "", fault.Field("description", "DESCRIPTION_REQUIRED", "Please say what the plugin should do.")
	case utf8.RuneCountInString(i.Description) > MaxRequirements:
		return "", fault.Field("description", "DESCRIPTION_TOO_LONG", limit)
	case utf8.RuneCountInString(i.Requirements) > MaxRequirements:
		return "", fault.Field("requirements", "REQUIREMENTS_TOO_LONG", limit)
	}
	ask := i.Description
	if strings.TrimSpace(i.Requirements) != "" {
		ask += "\n\nRequirements:\n" + i.Requirements
	}
	return cleanAsk(ask)
}

// shown is an answer with its files, in Markdown.
func shown(text string, files []File) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(text))
	for _, f := range files {
		fmt.Fprintf(&b, "\n\n`%s`\n\n%s", f.Path, Fenced(strings.TrimPrefix(path.Ext(f.Path), "."), f.Content))
	}
	return strings.TrimSpace(b.String())
}

// Fenced is a block of code in Markdown, which a longer fence than any in it holds together.
func Fenced(language, code string) string {
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimSuffix(code, "\n") + "\n" + fence
}
