package hooks

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"

	"pegasus/fault"
)

// The payload of an incoming webhook, as Slack and Mattermost take it. Sources:
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
// https://docs.slack.dev/reference/block-kit/blocks, https://developers.mattermost.com/integrate/webhooks/incoming.

// Payload is what a program wants posted.
type Payload struct {
	Text        string       `json:"text"`
	Username    string       `json:"username"`
	IconEmoji   string       `json:"icon_emoji"`
	IconURL     string       `json:"icon_url"` // where there is no IconEmoji
	Channel     string       `json:"channel"`
	Attachments []Attachment `json:"attachments"`
	Blocks      []Block      `json:"blocks"`
	// ResponseType says where an answer goes: "comment" to the thread of an outgoing webhook's message, "in_channel" from a
	// command to the channel, and not to the caller alone.
	ResponseType string `json:"response_type"`
}

// Attachment is a part of a message set apart. Colours and buttons are left out.
type Attachment struct {
	Fallback   string  `json:"fallback"`
	Pretext    string  `json:"pretext"`
	AuthorName string  `json:"author_name"`
	AuthorLink string  `json:"author_link"`
	Title      string  `json:"title"`
	TitleLink  string  `json:"title_link"`
	Text       string  `json:"text"`
	Fields     []Field `json:"fields"`
	ImageURL   string  `json:"image_url"`
	Footer     string  `json:"footer"`
	Blocks     []Block `json:"blocks"`
}

// Field is a line of an attachment.
type Field struct {
	Title string `json:"title"`
	Value scalar `json:"value"`
}

// Block is one of Slack's blocks. Those that only act, such as buttons, are left out.
type Block struct {
	Type     string    `json:"type"`
	Text     *TextPart `json:"text"`
	Fields   []Part    `json:"fields"`
	Elements []Part    `json:"elements"`
	Title    *TextPart `json:"title"`
	ImageURL string    `json:"image_url"`
	AltText  string    `json:"alt_text"`
}

// Part is an element of a block: a text, a picture, or of rich text a list of more parts.
type Part struct {
	Type     string          `json:"type"`
	Text     json.RawMessage `json:"text"`
	URL      string          `json:"url"`
	Name     string          `json:"name"`
	UserID   string          `json:"user_id"`
	Range    string          `json:"range"`
	AltText  string          `json:"alt_text"`
	ImageURL string          `json:"image_url"`
	Elements []Part          `json:"elements"`
}

// TextPart is a text of a block: "plain_text" or "mrkdwn".
type TextPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// UnmarshalJSON takes a bare string as well, as some programs send it.
func (t *TextPart) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		t.Type = "mrkdwn"
		return json.Unmarshal(data, &t.Text)
	}
	type bare TextPart
	return json.Unmarshal(data, (*bare)(t))
}

// scalar is a text that programs also send as a number or a truth value.
type scalar string

// UnmarshalJSON implements json.Unmarshaler.
func (s *scalar) UnmarshalJSON(data []byte) error {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	switch v := value.(type) {
	case string:
		*s = scalar(v)
	case json.Number:
		*s = scalar(v.String())
	case bool:
		*s = "no"
		if v {
			*s = "yes"
		}
	}
	return nil
}

// maxAttachments is Slack's own limit, and that of blocks.
const maxAttachments = 100

var (
	errPayload     = fault.New(fault.Invalid, "INVALID_PAYLOAD", "The payload is not JSON of the right form.")
	errNoText      = fault.New(fault.Invalid, "NO_TEXT", "The payload has no text.")
	errLong        = fault.New(fault.Invalid, "MSG_TOO_LONG", "The text is too long.")
	errAttachments = fault.New(fault.Invalid, "TOO_MANY_ATTACHMENTS", "There are more than 100 attachments or blocks.")
)

// ParsePayload reads a body of JSON, or of a form with JSON in its field payload.
func ParsePayload(contentType string, body []byte) (p Payload, err error) {
	if kind, _, _ := strings.Cut(contentType, ";"); strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") || bytes.HasPrefix(body, []byte("payload=")) {
		form, err := url.ParseQuery(string(body))
		if err != nil || !form.Has("payload") {
			return Payload{}, errPayload
		}
		body = []byte(form.Get("payload"))
	}
	if !utf8.Valid(body) || json.Unmarshal(body, &p) != nil {
		return Payload{}, errPayload
	}
	if len(p.Attachments) > maxAttachments || len(p.Blocks) > maxAttachments {
		return Payload{}, errAttachments
	}
	return p, nil
}
