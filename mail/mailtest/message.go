package mailtest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// Message is a mail that arrived.
type Message struct {
	From      string   // of the envelope
	To        []string // of the envelope
	Encrypted bool
	User      string // who signed in
	Header    mail.Header
	Subject   string // decoded
	Text      string
	HTML      string
	Raw       string
}

// parse reads a mail with a plain and an HTML part.
func parse(raw []byte) (Message, error) {
	m := Message{Raw: string(raw)}
	read, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = read.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, values, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return m, errors.Join(errors.New("not multipart/alternative: "+kind), err)
	}
	for parts := multipart.NewReader(read.Body, values["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		if err := m.take(part); err != nil {
			return m, err
		}
	}
}

func (m *Message) take(part *multipart.Part) error {
	var body io.Reader = part
	if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(part)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	switch kind, values, err := mime.ParseMediaType(part.Header.Get("Content-Type")); {
	case err != nil:
		return err
	case !strings.EqualFold(values["charset"], "utf-8"):
		return errors.New("not in UTF-8")
	case kind == "text/plain" && m.HTML == "":
		m.Text = text
	case kind == "text/html" && m.Text != "":
		m.HTML = text
	default:
		return errors.New("parts out of order")
	}
	return nil
}
