package hooks

import (
	"context"
	"encoding/json"
	"strings"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/queue"
)

// event is what an outgoing webhook sends, in the form that Slack and Mattermost send. Source:
// https://developers.mattermost.com/integrate/webhooks/outgoing.
type event struct {
	Token       string `json:"token"`
	TeamID      string `json:"team_id"`
	TeamDomain  string `json:"team_domain"`
	ServiceID   string `json:"service_id"`
	ChannelID   string `json:"channel_id"`
	ChannelName string `json:"channel_name"`
	Timestamp   int64  `json:"timestamp"` // milliseconds since 1970
	UserID      string `json:"user_id"`
	UserName    string `json:"user_name"`
	PostID      string `json:"post_id"`
	ThreadID    string `json:"thread_id,omitempty"`
	Text        string `json:"text"`
	TriggerWord string `json:"trigger_word"`
	Test        bool   `json:"test,omitempty"`
}

var errKeeperGone = fault.New(fault.Forbidden, "KEEPER_GONE", "Who keeps the webhook cannot read the channel.")

// body returns what a delivery sends, and the message where an answer to it goes. What the keeper of the webhook may not see
// now is not sent: it is Forbidden where the channel is not theirs to read, NotFound where the message is gone.
func (s *Service) body(ctx context.Context, h Hook, d delivery) (body []byte, root string, err error) {
	keeper, err := s.accounts.User(ctx, h.KeeperID)
	if err == nil {
		err = keeper.KeptOut(s.now())
	}
	var c chat.Channel
	if err == nil {
		c, _, err = s.chat.Channel(ctx, keeper, h.ChannelID)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) || fault.Is(err, fault.Unauthenticated) {
		err = errKeeperGone
	}
	if err != nil {
		return nil, "", err
	}
	e := event{
		Token: s.token(h), TeamID: "pegasus", TeamDomain: s.host, ServiceID: h.ID, ChannelID: c.ID, ChannelName: c.Name, TriggerWord: d.Trigger,
	}
	if d.TestBy != "" {
		e.Timestamp, e.UserID, e.UserName, e.Text, e.Test = s.now().UnixMilli(), keeper.ID, keeper.Username, "This is a test of the webhook.", true
		body, err = json.Marshal(e)
		return body, "", err
	}
	m, err := s.chat.Message(ctx, keeper, d.MessageID)
	if err != nil {
		return nil, "", err
	}
	if m.ChannelID != h.ChannelID {
		return nil, "", ErrHook
	}
	author, err := s.accounts.User(ctx, m.UserID)
	if err != nil {
		return nil, "", err
	}
	e.Timestamp, e.UserID, e.UserName = m.CreatedAt.UnixMilli(), author.ID, author.Username
	e.PostID, e.ThreadID, e.Text = m.ID, m.ParentID, m.Content
	if root = m.ParentID; root == "" {
		root = m.ID
	}
	body, err = json.Marshal(e)
	return body, root, err
}

// reply posts the text of an answer as the webhook's bot, and returns what hinders it. An answer without text is fine.
func (s *Service) reply(ctx context.Context, h Hook, j queue.Job, d delivery, root string, a Answer) string {
	var answer Payload
	if text := strings.TrimSpace(string(a.Body)); d.TestBy != "" || !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &answer) != nil {
		return ""
	}
	names, err := s.names(ctx, answer)
	if err != nil {
		return "We could not read whom the answer names."
	}
	text := answer.Markdown(names)
	if text == "" {
		return ""
	}
	texts, err := s.split(ctx, text)
	if err != nil {
		return "The answer is too long to be posted."
	}
	if answer.ResponseType != "comment" {
		root = ""
	}
	// The key makes a second time like the first, where a crash came before this delivery was noted as done.
	if _, err := s.post(ctx, h, h.ChannelID, root, answer, texts, "answer-"+j.ID); err != nil {
		return "The answer could not be posted."
	}
	return ""
}
