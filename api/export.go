package api

import (
	"archive/zip"
	"encoding/json"
	"io"
	"net/http"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins"
	"pegasus/sessions"
	"pegasus/web"
)

// exportOwn writes everything that is kept of a person as a ZIP: account.json; messages.ndjson with one message a line;
// files.ndjson with the name and the address of one file a line; conversations.ndjson with one question to a model and its
// answer a line; and the newest files of each plugin below plugins/.
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
	ctx := r.Context()
	parts := []func() error{
		entry(archive, "account.json", func(out *json.Encoder) error {
			out.SetIndent("", "  ")
			return out.Encode(newExport(e))
		}),
		entry(archive, "messages.ndjson", func(out *json.Encoder) error {
			return d.Chat.EachOwnMessage(ctx, e.User, func(m chat.Message) error {
				return out.Encode(NewExportedMessage(m))
			})
		}),
		entry(archive, "files.ndjson", func(out *json.Encoder) error {
			return d.Chat.EachOwnUpload(ctx, e.User, func(u chat.Upload) error {
				return out.Encode(exportedFile{
					ID: u.ID, Name: u.Name, Size: u.Size, Type: u.Type, URL: u.URL(), MessageID: orNull(u.MessageID), CreatedAt: web.Time(u.CreatedAt),
				})
			})
		}),
		entry(archive, "conversations.ndjson", func(out *json.Encoder) error {
			return d.Plugins.EachOwnExchange(ctx, e.User, func(p plugins.Plugin, e plugins.Exchange) error {
				return out.Encode(newChatMessage(e, p.Name))
			})
		}),
		func() error {
			return d.Plugins.EachOwnProject(ctx, e.User, func(p plugins.Plugin, files []plugins.File) error { return packProject(archive, p, files) })
		},
	}
	for _, write := range parts {
		if err := write(); err != nil {
			return err
		}
	}
	return archive.Close()
}

// entry returns what writes a file of JSON into an archive.
func entry(archive *zip.Writer, name string, write func(*json.Encoder) error) func() error {
	return func() error {
		file, err := archive.Create(name)
		if err != nil {
			return err
		}
		return write(json.NewEncoder(file))
	}
}

func packProject(archive *zip.Writer, p plugins.Plugin, files []plugins.File) error {
	for _, f := range files {
		file, err := archive.Create("plugins/" + p.Name + "/" + f.Path)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(file, f.Content); err != nil {
			return err
		}
	}
	return nil
}

// ExportedMessage is a message as exports have it, one's own and that of the workspace: who can read one can read the other.
type ExportedMessage struct {
	ID        string  `json:"id"`
	ChannelID string  `json:"channel_id"`
	Seq       int64   `json:"seq"`
	Content   string  `json:"content"`
	ParentID  *string `json:"parent_message_id"`
	CreatedAt string  `json:"created_at"`
	EditedAt  *string `json:"edited_at"`

	Attachments []attachment `json:"attachments"`
}

// NewExportedMessage returns a message for an export.
func NewExportedMessage(m chat.Message) ExportedMessage {
	return ExportedMessage{
		ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, Content: m.Content, ParentID: orNull(m.ParentID),
		CreatedAt: web.Time(m.CreatedAt), EditedAt: atOrNull(m.EditedAt), Attachments: newAttachments(m.Attachments),
	}
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
	Fields        []profileValue    `json:"profile_fields" nullable:"false" doc:"What one says of oneself on one's card"`
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
		Profile: newProfile(u), DisplayName: u.DisplayName, Fields: newProfileValues(e.Profile), Preferences: json.RawMessage("{}"), Notifications: newNotifications(u.Notify),
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
