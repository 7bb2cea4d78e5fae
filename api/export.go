package api

import (
	"archive/zip"
	"encoding/json"
	"io"
	"net/http"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/sessions"
	"pegasus/web"
)

// exportOwn writes everything that is kept of a person as a ZIP: account.json, messages.ndjson with one message a line, and
// files.ndjson with the name and the address of one file a line.
func (d *door) exportOwn(w http.ResponseWriter, r *http.Request) {
	current, _ := sessions.From(r.Context())
	e, err := d.Accounts.Export(r.Context(), current.User, current.Session)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="pegasus-export.zip"`)
	if err := d.writeExport(w, r, e); err != nil {
		web.NoteError(r.Context(), err)
		panic(http.ErrAbortHandler) // half an archive must not look whole
	}
}

func (d *door) writeExport(w io.Writer, r *http.Request, e accounts.Export) error {
	archive := zip.NewWriter(w)
	file, err := archive.Create("account.json")
	if err != nil {
		return err
	}
	pretty := json.NewEncoder(file)
	pretty.SetIndent("", "  ")
	if err := pretty.Encode(newExport(e)); err != nil {
		return err
	}
	if file, err = archive.Create("messages.ndjson"); err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	err = d.Chat.EachOwnMessage(r.Context(), e.User, func(m chat.Message) error {
		return lines.Encode(exportedMessage{
			ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, Content: m.Content, ParentID: orNull(m.ParentID),
			CreatedAt: web.Time(m.CreatedAt), EditedAt: atOrNull(m.EditedAt), Attachments: newAttachments(m.Attachments),
		})
	})
	if err != nil {
		return err
	}
	if file, err = archive.Create("files.ndjson"); err != nil {
		return err
	}
	lines = json.NewEncoder(file)
	err = d.Chat.EachOwnUpload(r.Context(), e.User, func(u chat.Upload) error {
		return lines.Encode(exportedFile{
			ID: u.ID, Name: u.Name, Size: u.Size, Type: u.Type, URL: u.URL(), MessageID: orNull(u.MessageID), CreatedAt: web.Time(u.CreatedAt),
		})
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

type exportedMessage struct {
	ID        string  `json:"id"`
	ChannelID string  `json:"channel_id"`
	Seq       int64   `json:"seq"`
	Content   string  `json:"content"`
	ParentID  *string `json:"parent_message_id"`
	CreatedAt string  `json:"created_at"`
	EditedAt  *string `json:"edited_at"`

	Attachments []attachment `json:"attachments"`
}

type exportedFile struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Size      int64   `json:"size"`
	Type      string  `json:"type"`
	URL       string  `json:"url"`
	MessageID *string `json:"message_id"`
	CreatedAt string  `json:"created_at"`
}

type exportedLink struct {
	Provider string `json:"provider"`
	Subject  string `json:"account_id"`
	Email    string `json:"email"`
	LinkedAt string `json:"linked_at"`
}

type exportedPasskey struct {
	Name       string  `json:"name"`
	CreatedAt  string  `json:"created_at"`
	LastUsedAt *string `json:"last_used_at"`
}

type exported struct {
	Profile       profile           `json:"profile"`
	DisplayName   string            `json:"display_name"`
	Preferences   json.RawMessage   `json:"preferences"`
	Notifications notifications     `json:"notifications"`
	HasPassword   bool              `json:"has_password"`
	TwoFactor     bool              `json:"two_factor_enabled"`
	Sessions      []device          `json:"sessions"`
	Accounts      []exportedLink    `json:"linked_accounts"`
	Passkeys      []exportedPasskey `json:"passkeys"`
	Tokens        []token           `json:"tokens"`
	Events        []auditEvent      `json:"security_log"`
}

func newExport(e accounts.Export) exported {
	u := e.User
	out := exported{
		Profile: newProfile(u), DisplayName: u.DisplayName, Preferences: json.RawMessage("{}"), Notifications: newNotifications(u.Notify),
		HasPassword: e.HasPassword, TwoFactor: u.TwoFactorEnabled, Sessions: []device{}, Accounts: []exportedLink{},
		Passkeys: []exportedPasskey{}, Tokens: []token{}, Events: []auditEvent{},
	}
	if json.Valid([]byte(u.Preferences)) {
		out.Preferences = json.RawMessage(u.Preferences)
	}
	for _, s := range e.Sessions {
		out.Sessions = append(out.Sessions, newDevice(s, accounts.Session{}))
	}
	for _, a := range e.Accounts {
		out.Accounts = append(out.Accounts, exportedLink{Provider: a.Provider, Subject: a.Subject, Email: a.Email, LinkedAt: web.Time(a.CreatedAt)})
	}
	for _, p := range e.Passkeys {
		out.Passkeys = append(out.Passkeys, exportedPasskey{Name: p.Name, CreatedAt: web.Time(p.CreatedAt), LastUsedAt: atOrNull(p.LastUsedAt)})
	}
	for _, t := range e.Tokens {
		out.Tokens = append(out.Tokens, newToken(t))
	}
	for _, event := range e.Events {
		out.Events = append(out.Events, newAuditEvent(event))
	}
	return out
}
