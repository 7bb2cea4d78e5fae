// Package openai has plugins made by a model behind any server that speaks OpenAI's chat protocol.
//
// The model has no tools: it reads the project and what it is asked, and answers in text, in which changes stand in a form of
// their own (parse.go). So nothing that stands in a file or in what it is asked can make it reach anything else. Plain text
// rather than tool calls also is what small local models can do.
package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"pegasus/fault"
	"pegasus/plugins"
)

const (
	// maxText is how long one answer may be, in bytes; maxStream how much may come over the wire for it.
	maxText   = 256 << 10
	maxStream = 16 << 20
	// maxCall is how long one call may take, maxSilence how long nothing may come. Local models read slowly before they
	// begin.
	maxCall    = 8 * time.Minute
	maxSilence = 2 * time.Minute
	// bytesPerToken is what tokens are reckoned by where the server tells no numbers.
	bytesPerToken = 4
)

// Options say where the model is.
type Options struct {
	BaseURL string // such as https://api.openai.com/v1
	Key     string // may be empty for a server of one's own
	Model   string
	// Types is plugin.d.ts, which the model reads.
	Types string
}

// Generator answers by a model. It is safe for concurrent use.
type Generator struct {
	client *openai.Client
	model  string
	system string
}

// New returns a Generator. It does not ask the server anything.
func New(o Options) *Generator {
	config := openai.DefaultConfig(o.Key)
	config.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	config.EmptyMessagesLimit = 1 << 20 // comments that keep a slow connection open
	config.HTTPClient = &http.Client{
		Transport: bounded{http.DefaultTransport},
		// The key goes to no other address than the one configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("it points elsewhere") },
	}
	return &Generator{client: openai.NewClientWithConfig(config), model: o.Model, system: system(o.Types)}
}

// bounded reads no more than maxStream of an answer.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxStream), response.Body}
	}
	return response, err
}

// Model implements plugins.Generator.
func (g *Generator) Model() string { return g.model }

// Generate implements plugins.Generator.
func (g *Generator) Generate(ctx context.Context, r plugins.Request, say func(plugins.Piece)) (plugins.Answer, error) {
	return g.complete(ctx, g.messages(r), say)
}

// complete is one call of the model.
func (g *Generator) complete(ctx context.Context, messages []openai.ChatCompletionMessage, say func(plugins.Piece)) (plugins.Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxCall, errSlow)
	defer cancel()
	ctx, hush := context.WithCancelCause(ctx)
	defer hush(nil)
	silence := time.AfterFunc(maxSilence, func() { hush(errSlow) })
	defer silence.Stop()

	c := &call{parser: parser{say: say}, model: g.model, alive: func() { silence.Reset(maxSilence) }}
	err := c.read(ctx, g.client, openai.ChatCompletionRequest{
		Model: g.model, Messages: messages, Stream: true, StreamOptions: &openai.StreamOptions{IncludeUsage: true},
	})
	if err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	return c.answer(messages, err)
}

// call is one call of the model.
type call struct {
	parser
	model    string
	alive    func()
	begun    bool // the server took the question
	received int
	usage    *openai.Usage
	finish   openai.FinishReason
}

func (c *call) read(ctx context.Context, client *openai.Client, request openai.ChatCompletionRequest) error {
	stream, err := client.CreateChatCompletionStream(ctx, request)
	if err != nil {
		return err
	}
	defer stream.Close()
	c.begun = true
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return c.over()
		}
		if err != nil {
			return err
		}
		c.alive()
		if part.Usage != nil {
			c.usage = part.Usage
		}
		if part.Model != "" {
			c.model = part.Model
		}
		for _, choice := range part.Choices {
			if choice.Index != 0 {
				continue
			}
			text := choice.Delta.Content + choice.Delta.Refusal
			c.received += len(text) + len(choice.Delta.ReasoningContent)
			c.write(text)
			if choice.FinishReason != "" {
				c.finish = choice.FinishReason
			}
		}
		if c.received > maxText {
			return errLong
		}
	}
}

// over tells an answer that is whole from one whose server went away.
func (c *call) over() error {
	switch c.finish {
	case "":
		return errCut
	case openai.FinishReasonLength:
		return errLong
	case openai.FinishReasonContentFilter:
		return errFiltered
	}
	return nil
}

// answer is what was said. Changes come only with an answer that is whole.
func (c *call) answer(messages []openai.ChatCompletionMessage, err error) (plugins.Answer, error) {
	c.end(err == nil)
	made := plugins.Answer{Text: c.text.String(), Model: c.model, Usage: c.used(messages)}
	if err != nil {
		return made, explain(err)
	}
	if c.broken {
		return made, errMuddled
	}
	made.Changes = c.changes
	return made, nil
}

func (c *call) used(messages []openai.ChatCompletionMessage) plugins.Usage {
	if c.usage != nil && c.usage.TotalTokens > 0 {
		return plugins.Usage{Input: int64(c.usage.PromptTokens), Output: int64(c.usage.CompletionTokens)}
	}
	if !c.begun {
		return plugins.Usage{}
	}
	return plugins.Usage{Input: tokens(length(messages)), Output: tokens(c.received), Estimated: true}
}

func tokens(bytes int) int64 { return int64((bytes + bytesPerToken - 1) / bytesPerToken) }

func away(code, message string) *fault.Error {
	return &fault.Error{Kind: fault.Unavailable, Code: code, Message: message, RetryAfter: 30 * time.Second}
}

var (
	errSlow     = away("MODEL_SLOW", "The model takes too long. Please try again, or ask for less at once.")
	errCut      = away("MODEL_BROKE_OFF", "The model broke off in the middle of its answer. Please ask again.")
	errLong     = away("ANSWER_TOO_LONG", "The answer became too long, and was cut off. Please ask for less at once.")
	errFiltered = away("MODEL_REFUSED", "The model's server refused to answer this.")
	errMuddled  = away("MODEL_MUDDLED", "The model's changes could not be read. Please ask again.")
	errKey      = away("MODEL_MISCONFIGURED", "The model's server does not let us in. Please tell an admin: the key may be wrong.")
	errModel    = away("MODEL_MISCONFIGURED", "The model's server does not know the model. Please tell an admin.")
	errQuota    = away("MODEL_BUSY", "The model's server has no room for this now, or its quota is used up. Please try again later.")
	errContext  = away("PROJECT_TOO_LARGE", "This is more than the model can read at once. Please begin a new conversation, or make the project smaller.")
	errRequest  = away("MODEL_FAILED", "The model's server did not understand the question. Please tell an admin.")
	errServer   = away("MODEL_FAILED", "The model's server has a fault. Please try again later.")
	errNetwork  = away("MODEL_UNREACHABLE", "The model's server cannot be reached. Please try again later.")
)

// explain says in our words what went wrong. What the server said, which may hold a part of the key, and the address are left
// out of the log too.
func explain(err error) error {
	var known *fault.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	status, text := 0, ""
	var api *openai.APIError
	var request *openai.RequestError
	var network *url.Error
	switch {
	case errors.As(err, &api):
		status, text = api.HTTPStatusCode, api.Message+fmt.Sprint(api.Code)
	case errors.As(err, &request):
		status, text = request.HTTPStatusCode, string(request.Body)
	case errors.As(err, &network):
		return because(errNetwork, network.Err)
	}
	text = strings.ToLower(text)
	cause := fmt.Errorf("the model's server answered with status %d", status)
	switch {
	case strings.Contains(text, "context length") || strings.Contains(text, "context_length") || strings.Contains(text, "context size"):
		return because(errContext, cause)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return because(errKey, cause)
	case status == http.StatusNotFound:
		return because(errModel, cause)
	case status == http.StatusTooManyRequests || status == http.StatusPaymentRequired:
		return because(errQuota, cause)
	case status >= 500:
		return because(errServer, cause)
	case status >= 300:
		return because(errRequest, cause)
	case api != nil:
		return because(errServer, errors.New("the model's server told of a fault in the middle of an answer"))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return because(errCut, io.ErrUnexpectedEOF)
	}
	return because(errCut, fmt.Errorf("reading the model's answer: %T", err))
}

func because(told *fault.Error, cause error) error {
	e := *told
	e.Err = cause
	return &e
}
