package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/web"
)

type chatOperation struct {
	Type    string `json:"type" enum:"create,modify,delete"`
	File    string `json:"file"`
	Content string `json:"content"`
}

func newOperations(ops []plugins.Operation) []chatOperation {
	out := make([]chatOperation, len(ops))
	for i, op := range ops {
		out[i] = chatOperation{Type: string(op.Type), File: op.File, Content: op.Content}
	}
	return out
}

// chatMessage is a question and its answer as Pegasus's clients know them.
type chatMessage struct {
	ID             string             `json:"_id"`
	UserID         string             `json:"userId"`
	PluginName     string             `json:"pluginName"`
	ConversationID string             `json:"conversationId"`
	Message        string             `json:"message"`
	Response       string             `json:"response"`
	MessageType    string             `json:"messageType" enum:"info,modification"`
	Timestamp      string             `json:"timestamp" format:"date-time"`
	Operations     []chatOperation    `json:"operations" nullable:"false"`
	Compilation    *compilationResult `json:"compilationResult,omitempty" doc:"Left out where nothing was compiled"`
	State          string             `json:"state" enum:"answering,answered,stopped,broken"`
	Problem        string             `json:"problem" doc:"Why it broke off, or is not whole"`
	Version        int                `json:"version" doc:"The version that it made, 0 for none"`
	Rounds         int                `json:"rounds" doc:"How often the model was asked"`
	Model          string             `json:"model"`
	Usage          usageNumbers       `json:"usage"`
}

func newChatMessage(e plugins.Exchange, pluginName string) chatMessage {
	kind := "info"
	if len(e.Operations) > 0 {
		kind = "modification"
	}
	return chatMessage{
		ID: e.ID, UserID: e.UserID, PluginName: pluginName, ConversationID: e.ConversationID, Message: e.Ask, Response: e.Answer, MessageType: kind,
		Timestamp: web.Time(e.CreatedAt), Operations: newOperations(e.Operations), Compilation: newCompilation(e.Build), State: string(e.State),
		Problem: e.Problem, Version: e.Version, Rounds: e.Rounds, Model: e.Model, Usage: newUsage(e.Usage),
	}
}

type historyRequest struct {
	ConversationID string `query:"conversationId" doc:"The conversation"`
	Before         string `query:"before" doc:"The _id of the first message of the page after"`
	Limit          limit  `query:"limit" doc:"1 to 100, 50 where left out"`
}

type historyReply struct {
	Success  bool          `json:"success"`
	Messages []chatMessage `json:"messages" nullable:"false" doc:"The oldest first"`
}

func (d *door) chatHistory(ctx context.Context, in *historyRequest) (*reply[historyReply], error) {
	if in.ConversationID == "" {
		return nil, fault.Field("conversationId", "CONVERSATION_REQUIRED", "Please name the conversation.")
	}
	c, err := d.Plugins.Conversation(ctx, me(ctx), known(in.ConversationID))
	if err != nil {
		return nil, err
	}
	p, err := d.Plugins.Plugin(ctx, me(ctx), c.PluginID)
	if err != nil {
		return nil, err
	}
	found, err := d.Plugins.Exchanges(ctx, me(ctx), c.ID, in.Before, in.Limit.or(50))
	if err != nil {
		return nil, err
	}
	out := historyReply{Success: true, Messages: make([]chatMessage, 0, len(found))}
	for _, e := range slices.Backward(found) {
		out.Messages = append(out.Messages, newChatMessage(e, p.Name))
	}
	return ok(out)
}

type talkList struct {
	Conversations []talk `json:"conversations" nullable:"false" doc:"The one that was changed last first"`
}

type talk struct {
	ID           string `json:"_id"`
	UserID       string `json:"userId"`
	PluginName   string `json:"pluginName"`
	Title        string `json:"title"`
	CreatedAt    string `json:"createdAt" format:"date-time"`
	UpdatedAt    string `json:"updatedAt" format:"date-time"`
	MessageCount int    `json:"messageCount"`
}

func (d *door) listTalks(ctx context.Context, in *PluginPath) (*reply[talkList], error) {
	p, err := d.Plugins.Plugin(ctx, me(ctx), known(in.ID))
	if err != nil {
		return nil, err
	}
	found, err := d.Plugins.Conversations(ctx, me(ctx), p.ID)
	if err != nil {
		return nil, err
	}
	out := talkList{Conversations: make([]talk, len(found))}
	for i, c := range found {
		out.Conversations[i] = talk{
			ID: c.ID, UserID: c.UserID, PluginName: p.Name, Title: c.Title, CreatedAt: web.Time(c.CreatedAt), UpdatedAt: web.Time(c.UpdatedAt), MessageCount: c.Count,
		}
	}
	return ok(out)
}

// TalkPath names a conversation about a plugin.
type TalkPath struct {
	PluginPath
	ConversationID string `path:"conversationId" doc:"The conversation's _id"`
}

func (d *door) deleteTalk(ctx context.Context, in *TalkPath) (*reply[succeeded], error) {
	c, err := d.Plugins.Conversation(ctx, me(ctx), known(in.ConversationID))
	if err == nil && c.PluginID != in.ID {
		err = plugins.ErrConversationNotFound
	}
	if err == nil {
		err = d.Plugins.DeleteConversation(ctx, me(ctx), c.ID)
	}
	if err != nil {
		return nil, err
	}
	return ok(succeeded{true})
}

type chatSendRequest struct {
	Body struct {
		Message        string `json:"message" doc:"What is wanted, 1 to 8000 characters"`
		PluginName     string `json:"pluginName" doc:"A plugin of one's own"`
		ConversationID string `json:"conversationId,omitempty" nullable:"true" doc:"A new conversation where left out"`
	}
}

type chatSendReply struct {
	Success        bool               `json:"success"`
	Response       string             `json:"response"`
	MessageID      string             `json:"messageId"`
	ConversationID string             `json:"conversationId"`
	Operations     []chatOperation    `json:"operations" nullable:"false"`
	Compilation    *compilationResult `json:"compilationResult,omitempty" doc:"Left out where nothing was compiled"`
	MessageType    string             `json:"messageType" enum:"info,modification"`
	Version        int                `json:"version"`
	Problem        string             `json:"problem"`
	Usage          usageNumbers       `json:"usage"`
}

func newChatSendReply(e plugins.Exchange) chatSendReply {
	m := newChatMessage(e, "")
	return chatSendReply{
		Success: true, Response: m.Response, MessageID: m.ID, ConversationID: m.ConversationID, Operations: m.Operations, Compilation: m.Compilation,
		MessageType: m.MessageType, Version: m.Version, Problem: m.Problem, Usage: m.Usage,
	}
}

// chatSend answers when the answer is whole, or, where the client takes a stream, tells it as it comes.
func (d *door) chatSend(w http.ResponseWriter, r *http.Request, in *chatSendRequest) {
	e, err := d.askFor(r.Context(), in)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		d.tellAnswer(w, r, e)
		return
	}
	answer := web.WaitPatiently(w)
	err = d.Plugins.Follow(r.Context(), me(r.Context()), e.ID, 0, func(step plugins.Event) error {
		if step.Exchange != nil {
			e = *step.Exchange
		}
		return nil
	})
	if err == nil {
		err = d.Plugins.SeeExchange(r.Context(), me(r.Context()), e.ID)
	}
	if err == nil && e.State == plugins.Broken {
		err = broken(e)
	}
	answer()
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusOK, newChatSendReply(e))
}

func (d *door) askFor(ctx context.Context, in *chatSendRequest) (plugins.Exchange, error) {
	if in.Body.PluginName == "" {
		return plugins.Exchange{}, fault.Field("pluginName", "NAME_REQUIRED", "Please name a plugin.")
	}
	p, err := d.Plugins.OwnPluginNamed(ctx, me(ctx), in.Body.PluginName)
	if err != nil {
		return plugins.Exchange{}, err
	}
	return d.Plugins.Ask(ctx, me(ctx), p.ID, knownOrNone(in.Body.ConversationID), in.Body.Message)
}

// knownOrNone is known for an id that may be left out.
func knownOrNone(s string) string {
	if s == "" {
		return ""
	}
	return known(s)
}

// ExchangePath names an answer about a plugin.
type ExchangePath struct {
	PluginPath
	MessageID string `path:"messageId" doc:"The _id of the message that is answered"`
}

func (d *door) exchange(ctx context.Context, in ExchangePath) (plugins.Exchange, error) {
	e, err := d.Plugins.Exchange(ctx, me(ctx), known(in.MessageID))
	if err == nil && e.PluginID != in.ID {
		return plugins.Exchange{}, plugins.ErrExchangeNotFound
	}
	return e, err
}

type messageReply struct {
	Success bool        `json:"success"`
	Message chatMessage `json:"message"`
}

func (d *door) oneMessage(ctx context.Context, e plugins.Exchange, err error) (*reply[messageReply], error) {
	if err != nil {
		return nil, err
	}
	p, err := d.Plugins.Plugin(ctx, me(ctx), e.PluginID)
	if err != nil {
		return nil, err
	}
	return ok(messageReply{Success: true, Message: newChatMessage(e, p.Name)})
}

type askRequest struct {
	PluginPath
	Body struct {
		Message        string `json:"message" doc:"What is wanted, 1 to 8000 characters"`
		ConversationID string `json:"conversationId,omitempty" nullable:"true" doc:"A new conversation where left out"`
	}
}

func (d *door) askPlugin(ctx context.Context, in *askRequest) (*reply[messageReply], error) {
	e, err := d.Plugins.Ask(ctx, me(ctx), known(in.ID), knownOrNone(in.Body.ConversationID), in.Body.Message)
	return d.oneMessage(ctx, e, err)
}

func (d *door) getExchange(ctx context.Context, in *ExchangePath) (*reply[messageReply], error) {
	e, err := d.exchange(ctx, *in)
	return d.oneMessage(ctx, e, err)
}

func (d *door) stopExchange(ctx context.Context, in *ExchangePath) (*reply[messageReply], error) {
	e, err := d.exchange(ctx, *in)
	if err == nil {
		e, err = d.Plugins.Stop(ctx, me(ctx), e.ID)
	}
	return d.oneMessage(ctx, e, err)
}

const answerAbout = "Server-sent events: text {text}, file {file} that is being written, round {round}, building, problems {problems}, and at last done " +
	"with all of the message. Each has an id; Last-Event-ID or after resumes behind it. Who comes late is told first what was said already."

func (d *door) streamExchange(w http.ResponseWriter, r *http.Request) {
	id, _ := pathText(r, "id")
	message, _ := pathText(r, "messageId")
	e, err := d.exchange(r.Context(), ExchangePath{PluginPath: PluginPath{ID: id}, MessageID: message})
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	d.tellAnswer(w, r, e)
}

// tellAnswer streams an answer to its end.
func (d *door) tellAnswer(w http.ResponseWriter, r *http.Request, e plugins.Exchange) {
	p, err := d.Plugins.Plugin(r.Context(), me(r.Context()), e.PluginID)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.Tail{
		Live:  d.Sessions.Live,
		Hello: web.Frame("started", fmt.Sprintf(`{"messageId":%q,"conversationId":%q}`, e.ID, e.ConversationID)),
		Follow: func(ctx context.Context, after int, send func(int, []byte) error) error {
			return d.Plugins.Follow(ctx, me(ctx), e.ID, after, func(step plugins.Event) error {
				err := send(step.Number, stepFrame(step, p.Name))
				if err == nil && step.Kind == plugins.DoneEvent {
					err = d.Plugins.SeeExchange(ctx, me(ctx), e.ID)
				}
				return err
			})
		},
	}.Serve(w, r)
}

func stepFrame(step plugins.Event, pluginName string) []byte {
	var data any
	switch step.Kind {
	case plugins.TextEvent:
		data = map[string]string{"text": step.Text}
	case plugins.FileEvent:
		data = map[string]string{"file": step.File}
	case plugins.RoundEvent:
		data = map[string]int{"round": step.Round}
	case plugins.ProblemsEvent:
		data = map[string][]pluginProblem{"problems": newProblems(step.Problems)}
	case plugins.DoneEvent:
		data = newChatMessage(*step.Exchange, pluginName)
	default:
		data = struct{}{}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return nil // texts and numbers can always be written
	}
	return web.Frame(string(step.Kind), string(text))
}

type generateRequest struct {
	Body generateRequestBody
}

type generateRequestBody struct {
	Description  string                     `json:"description" doc:"What the plugin should do, at most 4000 characters"`
	Requirements string                     `json:"requirements,omitempty" nullable:"true" doc:"What else it has to keep, at most 4000 characters"`
	Extra        map[string]json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps what else a client sends, for a back end that understands it.
func (b *generateRequestBody) UnmarshalJSON(text []byte) error {
	type known generateRequestBody
	if err := json.Unmarshal(text, (*known)(b)); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &b.Extra); err != nil {
		return err
	}
	delete(b.Extra, "description")
	delete(b.Extra, "requirements")
	return nil
}

func (d *door) generatePlugin(w http.ResponseWriter, r *http.Request, in *generateRequest) {
	answer := web.WaitPatiently(w)
	text, err := d.Plugins.Generate(r.Context(), me(r.Context()), web.ClientKey(r), plugins.Idea(in.Body))
	answer()
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusOK, notice{Message: text})
}
