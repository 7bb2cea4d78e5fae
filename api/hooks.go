package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/fault"
	"pegasus/hooks"
	"pegasus/web"
)

// hook is a webhook without its secret.
type hook struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind" enum:"incoming,outgoing,command"`
	ChannelID  string   `json:"channel_id" doc:"Empty for a command of all channels"`
	BotID      string   `json:"bot_id" doc:"As whom it posts"`
	KeeperID   string   `json:"keeper_id" doc:"Who answers for it; an outgoing one sends only what that person may see"`
	Name       string   `json:"name"`
	Crowds     bool     `json:"may_call_everyone"`
	Hint       string   `json:"hint" doc:"The last four characters of an incoming one's secret"`
	URL        string   `json:"url" doc:"Where an outgoing one or a command sends"`
	Triggers   []string `json:"triggers" nullable:"false" doc:"The words with one of which a message begins that is sent; none sends every message"`
	Command    string   `json:"command" doc:"What people write behind the slash, of a command"`
	Usage      string   `json:"usage" doc:"What may follow a command"`
	About      string   `json:"about" doc:"What a command does"`
	Active     bool     `json:"active"`
	Problem    string   `json:"problem" doc:"Why it was switched off by itself"`
	CreatedAt  string   `json:"created_at" format:"date-time"`
	LastUsedAt *string  `json:"last_used_at" format:"date-time" doc:"null where it was not used yet"`
}

func newHook(h hooks.Hook) hook {
	return hook{
		ID: h.ID, Kind: string(h.Kind), ChannelID: h.ChannelID, BotID: h.BotID, KeeperID: h.KeeperID, Name: h.Name, Crowds: h.Crowds,
		Hint: h.Hint, URL: h.URL, Triggers: append([]string{}, h.Triggers...), Command: h.Command, Usage: h.Usage, About: h.About, Active: !h.Off, Problem: h.Problem,
		CreatedAt: web.Time(h.CreatedAt), LastUsedAt: atOrNull(h.LastUsedAt),
	}
}

type (
	hookReply struct {
		Hook hook `json:"hook"`
	}
	hookList struct {
		Hooks      []hook `json:"hooks" nullable:"false"`
		NextCursor string `json:"next_cursor,omitempty" doc:"There where another page follows"`
	}
	madeHook struct {
		Hook   hook   `json:"hook"`
		Secret string `json:"secret" doc:"Of an incoming one the end of its address, of others what they sign with. It is not shown again"`
		Path   string `json:"path,omitempty" doc:"Where an incoming one takes messages"`
		Token  string `json:"token,omitempty" doc:"What others send in the field token"`
	}
	createHookRequest struct {
		ChannelPath
		Body struct {
			Kind     string   `json:"kind" enum:"incoming,outgoing,command" doc:"All but incoming are for admins of the workspace"`
			Name     string   `json:"name" doc:"1 to 80 characters; nobody here may be called so"`
			Crowds   bool     `json:"may_call_everyone,omitempty"`
			URL      string   `json:"url,omitempty"`
			Triggers []string `json:"triggers,omitempty" nullable:"true" doc:"Up to 10"`
			Command  string   `json:"command,omitempty" doc:"Of a command: a letter, and up to 31 letters, digits, hyphens and underscores. It stays"`
			Usage    string   `json:"usage,omitempty" doc:"Of a command: what may follow it, up to 80 characters"`
			About    string   `json:"about,omitempty" doc:"Of a command: what it does, up to 120 characters"`
		}
	}
	createCommandRequest struct {
		Body struct {
			Name    string `json:"name" doc:"As whom it answers: 1 to 80 characters; nobody here may be called so"`
			Command string `json:"command" doc:"A letter, and up to 31 letters, digits, hyphens and underscores. It stays"`
			URL     string `json:"url"`
			Usage   string `json:"usage,omitempty" doc:"What may follow it, up to 80 characters"`
			About   string `json:"about,omitempty" doc:"What it does, up to 120 characters"`
		}
	}
	changeHookRequest struct {
		HookPath
		Body struct {
			Name     *string   `json:"name,omitempty"`
			Crowds   *bool     `json:"may_call_everyone,omitempty"`
			URL      *string   `json:"url,omitempty"`
			Triggers *[]string `json:"triggers,omitempty"`
			Usage    *string   `json:"usage,omitempty"`
			About    *string   `json:"about,omitempty"`
			Active   *bool     `json:"active,omitempty"`
		}
	}
	delivery struct {
		ID        string  `json:"id"`
		MessageID *string `json:"message_id" doc:"null for a test"`
		State     string  `json:"state" enum:"waiting,running,failed,done"`
		Tries     int     `json:"tries"`
		Status    *int    `json:"status" doc:"Of the last answer, null where there was none"`
		Answer    string  `json:"answer" doc:"The beginning of the last answer"`
		Problem   string  `json:"problem"`
		CreatedAt string  `json:"created_at" format:"date-time"`
		NextTryAt *string `json:"next_try_at" format:"date-time" doc:"null where it is over"`
	}
	deliveryList struct {
		Deliveries []delivery `json:"deliveries" nullable:"false"`
	}
)

// HookPath names a webhook.
type HookPath struct {
	ID string `path:"id" doc:"The webhook's id"`
}

func newMade(m hooks.Made) madeHook {
	out := madeHook{Hook: newHook(m.Hook), Secret: m.Secret, Token: m.Token}
	if m.Hook.Kind == hooks.Incoming {
		out.Path = "/hooks/" + m.Secret
	}
	return out
}

func newHooks(all []hooks.Hook) hookList {
	out := hookList{Hooks: make([]hook, len(all))}
	for i, h := range all {
		out.Hooks[i] = newHook(h)
	}
	return out
}

func (d *door) listHooks(ctx context.Context, in *ChannelPath) (*reply[hookList], error) {
	all, err := d.Hooks.List(ctx, me(ctx), known(in.ID))
	return &reply[hookList]{Body: newHooks(all)}, err
}

func (d *door) listAllHooks(ctx context.Context, in *listUsersRequest) (*reply[hookList], error) {
	admin := me(ctx)
	found, err := readPage(ctx, in.Cursor, in.Limit.or(maxPage), func(h hooks.Hook) string { return h.ID },
		func(ctx context.Context, after string, limit int) ([]hooks.Hook, error) {
			return d.Hooks.All(ctx, admin, after, limit)
		})
	out := newHooks(found.items)
	out.NextCursor = found.next
	return &reply[hookList]{Body: out}, err
}

func (d *door) createHook(ctx context.Context, in *createHookRequest) (*reply[madeHook], error) {
	b := in.Body
	made, err := d.Hooks.Create(ctx, me(ctx), known(in.ID), hooks.Draft{
		Kind: hooks.Kind(b.Kind), Name: b.Name, Crowds: b.Crowds, URL: b.URL, Triggers: b.Triggers,
		Command: b.Command, Usage: b.Usage, About: b.About,
	})
	return &reply[madeHook]{Body: newMade(made)}, err
}

func (d *door) createCommand(ctx context.Context, in *createCommandRequest) (*reply[madeHook], error) {
	b := in.Body
	made, err := d.Hooks.Create(ctx, me(ctx), "", hooks.Draft{
		Kind: hooks.SlashCommand, Name: b.Name, URL: b.URL, Command: b.Command, Usage: b.Usage, About: b.About,
	})
	return &reply[madeHook]{Body: newMade(made)}, err
}

func (d *door) changeHook(ctx context.Context, in *changeHookRequest) (*reply[hookReply], error) {
	b := in.Body
	u := hooks.Update{Name: b.Name, Crowds: b.Crowds, URL: b.URL, Triggers: b.Triggers, Usage: b.Usage, About: b.About}
	if b.Active != nil {
		off := !*b.Active
		u.Off = &off
	}
	h, err := d.Hooks.Change(ctx, me(ctx), in.ID, u)
	return &reply[hookReply]{Body: hookReply{Hook: newHook(h)}}, err
}

func (d *door) replaceHookSecret(ctx context.Context, in *HookPath) (*reply[madeHook], error) {
	made, err := d.Hooks.ReplaceSecret(ctx, me(ctx), in.ID)
	return &reply[madeHook]{Body: newMade(made)}, err
}

func (d *door) deleteHook(ctx context.Context, in *HookPath) (*reply[notice], error) {
	err := d.Hooks.Delete(ctx, me(ctx), in.ID)
	return &reply[notice]{Body: notice{Message: "Webhook deleted"}}, err
}

func (d *door) testHook(ctx context.Context, in *HookPath) (*reply[notice], error) {
	err := d.Hooks.Test(ctx, me(ctx), in.ID)
	return &reply[notice]{Body: notice{Message: "The test is on its way"}}, err
}

func (d *door) listDeliveries(ctx context.Context, in *HookPath) (*reply[deliveryList], error) {
	all, err := d.Hooks.Deliveries(ctx, me(ctx), in.ID)
	out := deliveryList{Deliveries: make([]delivery, len(all))}
	for i, one := range all {
		out.Deliveries[i] = delivery{
			ID: one.ID, MessageID: orNull(one.MessageID), State: string(one.State), Tries: one.Tries, Answer: one.Excerpt,
			Problem: one.Problem, CreatedAt: web.Time(one.At), NextTryAt: atOrNull(one.NextTry),
		}
		if one.Status != 0 {
			out.Deliveries[i].Status = &one.Status
		}
	}
	return &reply[deliveryList]{Body: out}, err
}

// incoming is what documents the body of an incoming webhook; hooks.ParsePayload reads it.
type incoming struct {
	Text        string `json:"text,omitempty" doc:"Markdown, with Slack's <https://…|links>"`
	Username    string `json:"username,omitempty" doc:"A name to be shown beside the badge"`
	IconEmoji   string `json:"icon_emoji,omitempty" doc:"Such as :tada:"`
	Channel     string `json:"channel,omitempty" doc:"Refused where it is not the webhook's own"`
	Attachments []any  `json:"attachments,omitempty" doc:"As Slack and Mattermost have them"`
	Blocks      []any  `json:"blocks,omitempty" doc:"Slack's sections, headers, contexts, dividers, pictures and rich texts"`
}

// commandAnswer is what documents what a command says later.
type commandAnswer struct {
	incoming
	ResponseType string `json:"response_type,omitempty" doc:"in_channel for the channel; else the caller alone has it, as a direct message"`
}

// receiveHook answers as Slack does, in plain words.
func (d *door) receiveHook(w http.ResponseWriter, r *http.Request) {
	inSlackWords(w, r, d.receive(w, r))
}

// answerCommand answers as receiveHook.
func (d *door) answerCommand(w http.ResponseWriter, r *http.Request) {
	inSlackWords(w, r, d.respond(w, r))
}

func inSlackWords(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		f := web.Fault(err)
		if f.Kind == fault.Limited {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(f.RetryAfter.Seconds()))))
			f = fault.New(fault.Limited, "RATE_LIMITED", f.Message)
		}
		web.NoteError(r.Context(), err)
		plainText(w, web.Status(f.Kind), strings.ToLower(f.Code))
		return
	}
	plainText(w, http.StatusOK, "ok")
}

func plainText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (d *door) receive(w http.ResponseWriter, r *http.Request) error {
	h, err := d.Hooks.Incoming(r.Context(), chi.URLParam(r, "secret"))
	if err != nil {
		return err
	}
	if err := d.Limits.Hook.Take(w, r, h.ID); err != nil {
		return err
	}
	p, err := readPayload(r)
	if err != nil {
		return err
	}
	return d.Hooks.Receive(r.Context(), h, p, r.Header.Get("Idempotency-Key"))
}

func (d *door) respond(w http.ResponseWriter, r *http.Request) error {
	c, err := d.Hooks.Called(r.Context(), chi.URLParam(r, "address"))
	if err != nil {
		return err
	}
	if err := d.Limits.Hook.Take(w, r, c.Hook.ID); err != nil {
		return err
	}
	p, err := readPayload(r)
	if err != nil {
		return err
	}
	return d.Hooks.Respond(r.Context(), c, p)
}

func readPayload(r *http.Request) (hooks.Payload, error) {
	body, err := io.ReadAll(r.Body) // which the route bounds
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return hooks.Payload{}, fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The payload is too large.")
	case err != nil:
		return hooks.Payload{}, fault.New(fault.Invalid, "INVALID_PAYLOAD", "The payload could not be read.")
	}
	return hooks.ParsePayload(r.Header.Get("Content-Type"), body)
}
