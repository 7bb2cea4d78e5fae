// Package remote has plugins made by a Pegasus back end: a server that keeps the project itself, compiles it and packs it.
package remote

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pegasus/fault"
	"pegasus/plugins"
)

const (
	// maxReply is how large an answer may be, in bytes.
	maxReply = 8 << 20
	maxCall  = 8 * time.Minute
	// maxTalks is how many conversations are remembered.
	maxTalks = 10_000
)

// Options say where the back end is.
type Options struct {
	URL string // its paths, such as /api/chat/send, stand behind it
	Key string // sent as Authorization: Bearer
}

// Generator answers by a back end. It is safe for concurrent use.
type Generator struct {
	client *http.Client
	url    string
	key    string

	mu    sync.Mutex
	talks map[string]string // the back end's conversations by ours
}

// New returns a Generator. It does not ask the server anything.
func New(o Options) *Generator {
	return &Generator{
		url: strings.TrimSuffix(o.URL, "/"), key: o.Key, talks: map[string]string{},
		client: &http.Client{
			Timeout: maxCall,
			// The key goes to no other address than the one configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("it points elsewhere") },
		},
	}
}

// Model implements plugins.Generator.
func (g *Generator) Model() string { return "Pegasus back end" }

// reply is the answer of /api/chat/send, and of /api/generate.
type reply struct {
	Success        bool   `json:"success"`
	Response       string `json:"response"`
	Message        string `json:"message"`
	ConversationID string `json:"conversationId"`
	Operations     []struct {
		Type    plugins.OperationType `json:"type"`
		File    string                `json:"file"`
		Content string                `json:"content"`
	} `json:"operations"`
	Compilation *struct {
		Success bool     `json:"success"`
		Output  string   `json:"output"`
		Errors  []string `json:"errors"`
	} `json:"compilationResult"`
}

// Generate implements plugins.Generator. The back end keeps the files: it is told what is asked alone.
func (g *Generator) Generate(ctx context.Context, r plugins.Request, say func(plugins.Piece)) (plugins.Answer, error) {
	if r.ConversationID == "" {
		return g.generate(ctx, r, say)
	}
	body := map[string]any{
		"userId": r.Asker.ID, "userEmail": r.Asker.Email, "message": r.Ask, "pluginName": r.Plugin,
	}
	if theirs := g.talk(r.ConversationID); theirs != "" {
		body["conversationId"] = theirs
	}
	var got reply
	if err := g.post(ctx, r.Asker, "/api/chat/send", body, &got); err != nil {
		return plugins.Answer{}, err
	}
	g.remember(r.ConversationID, got.ConversationID)
	say(plugins.Piece{Text: got.Response})
	made := plugins.Answer{Text: got.Response, Model: g.Model(), Usage: usage(r.Ask, got.Response)}
	for _, op := range got.Operations {
		say(plugins.Piece{File: op.File})
		made.Changes = append(made.Changes, plugins.Change{Type: op.Type, File: op.File, Content: op.Content})
	}
	if c := got.Compilation; c != nil {
		made.Build = &plugins.Build{Success: c.Success, Output: c.Output}
		for _, text := range c.Errors {
			made.Build.Problems = append(made.Build.Problems, placed(text, r.Files, made.Changes))
		}
		if c.Success && len(made.Changes) > 0 {
			made.Archive = g.archive(ctx, r)
		}
	}
	return made, nil
}

// place is where a line of a compiler begins with one, as in "src/main.ts:3:14: expected ;".
var place = regexp.MustCompile(`^(?:\./)?([^:\s][^:]*):(\d{1,9})(?::(\d{1,9}))?:\s+(\S.*)$`)

// placed reads what a compiler says. A place counts where the plugin has its file.
func placed(text string, files []plugins.File, changes []plugins.Change) plugins.Problem {
	parts := place.FindStringSubmatch(text)
	if parts == nil {
		return plugins.Problem{Text: text}
	}
	has := slices.ContainsFunc(files, func(f plugins.File) bool { return f.Path == parts[1] })
	if !has && !slices.ContainsFunc(changes, func(c plugins.Change) bool { return c.File == parts[1] }) {
		return plugins.Problem{Text: text}
	}
	line, _ := strconv.Atoi(parts[2])   // digits
	column, _ := strconv.Atoi(parts[3]) // digits, or none
	return plugins.Problem{File: parts[1], Line: line, Column: column, Text: parts[4]}
}

// generate asks without a plugin.
func (g *Generator) generate(ctx context.Context, r plugins.Request, say func(plugins.Piece)) (plugins.Answer, error) {
	var got reply
	body := map[string]any{}
	for name, value := range r.Idea.Extra {
		body[name] = value
	}
	body["userId"], body["userEmail"] = r.Asker.ID, r.Asker.Email // whatever who asks says of themselves
	body["description"], body["requirements"] = cmp.Or(r.Idea.Description, r.Ask), r.Idea.Requirements
	if err := g.post(ctx, r.Asker, "/api/generate", body, &got); err != nil {
		return plugins.Answer{}, err
	}
	say(plugins.Piece{Text: got.Message})
	return plugins.Answer{Text: got.Message, Model: g.Model(), Usage: usage(r.Ask, got.Message)}, nil
}

// usage reckons what a back end does not tell, by 4 bytes a token.
func usage(ask, answer string) plugins.Usage {
	return plugins.Usage{Input: int64(len(ask)+3) / 4, Output: int64(len(answer)+3) / 4, Estimated: true}
}

// archive returns the zip that the back end made, nil where it has none.
func (g *Generator) archive(ctx context.Context, r plugins.Request) []byte {
	request, err := g.request(ctx, r.Asker, http.MethodGet, "/api/download/"+url.PathEscape(r.Plugin), nil)
	if err != nil {
		return nil
	}
	response, err := g.client.Do(request)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, plugins.MaxArchive+1))
	if err != nil || response.StatusCode != http.StatusOK || len(content) > plugins.MaxArchive || !bytes.HasPrefix(content, []byte("PK")) {
		return nil
	}
	return content
}

func (g *Generator) request(ctx context.Context, asker plugins.Asker, method, path string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, g.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-User-ID", asker.ID)
	request.Header.Set("X-User-Role", asker.Role)
	if g.key != "" {
		request.Header.Set("Authorization", "Bearer "+g.key)
	}
	return request, nil
}

func (g *Generator) post(ctx context.Context, asker plugins.Asker, path string, body map[string]any, into *reply) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := g.request(ctx, asker, http.MethodPost, path, text)
	if err != nil {
		return err
	}
	response, err := g.client.Do(request)
	if err != nil {
		return explain(ctx, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if err != nil {
		return explain(ctx, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return refused(response.StatusCode)
	}
	if len(content) > maxReply || json.Unmarshal(content, into) != nil {
		return away("GENERATOR_FAILED", "The generator's answer cannot be read. Please tell an admin.", errors.New("the generator's answer is no JSON, or too long"))
	}
	return nil
}

func (g *Generator) talk(ours string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.talks[ours]
}

// remember forgets all others when there are too many: those begin anew at the back end.
func (g *Generator) remember(ours, theirs string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.talks) >= maxTalks {
		clear(g.talks)
	}
	g.talks[ours] = theirs
}

func away(code, message string, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: code, Message: message, RetryAfter: 30 * time.Second, Err: cause}
}

// explain tells of a connection that failed, without the address.
func explain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var network *url.Error
	if errors.As(err, &network) {
		err = network.Err
	}
	return away("GENERATOR_UNREACHABLE", "The generator cannot be reached. Please try again later.", err)
}

func refused(status int) error {
	cause := fmt.Errorf("the generator answered with status %d", status)
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return away("GENERATOR_MISCONFIGURED", "The generator does not let us in. Please tell an admin: the key may be wrong.", cause)
	case http.StatusNotFound:
		return away("GENERATOR_FAILED", "The generator does not know this plugin.", cause)
	case http.StatusTooManyRequests:
		return away("GENERATOR_BUSY", "The generator has no room for this now. Please try again later.", cause)
	}
	return away("GENERATOR_FAILED", "The generator has a fault. Please try again later.", cause)
}
