package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

// draftVersion is the header in which a script learns the version of the draft that the server keeps.
const draftVersion = "X-Draft-Version"

// versionOf is a draft's version as pages carry it, 0 for no draft.
func versionOf(d chat.SavedDraft) int64 {
	if d.UpdatedAt.IsZero() {
		return 0
	}
	return d.UpdatedAt.UnixMilli()
}

// drafted puts what somebody has begun to write into a composer, with how much it may become.
func (d *door) drafted(ctx context.Context, me accounts.User, f views.Composer, draft chat.SavedDraft) (views.Composer, error) {
	f.Version, f.CtrlEnter = versionOf(draft), me.CtrlEnterSends()
	if f.Text != "" && draft.Content != "" {
		f.Text = draft.Content + "\n" + f.Text
	} else {
		f.Text += draft.Content
	}
	var err error
	if f.MaxText, err = d.Chat.MaxMessage(ctx); err != nil {
		return f, err
	}
	f.Attachments, err = d.Chat.PendingAttachments(ctx, me, draft.Attachments)
	return f, err
}

// saveDraft keeps what a script says has been written so far, over the version that the script knows.
func (d *door) saveDraft(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := d.Limits.Complete.Take(w, r, me.ID); err != nil {
		return err
	}
	base, err := number(r, "version")
	if err != nil {
		return err
	}
	draft := chat.SavedDraft{
		ChannelID: chi.URLParam(r, "channel"), RootID: r.PostForm.Get("root"), Content: r.PostForm.Get("content"), Attachments: r.PostForm["attachment"],
	}
	saved, err := d.Chat.SaveDraft(r.Context(), me, draft, moment(base))
	if errors.Is(err, chat.ErrDraftChanged) {
		if saved, failed := d.Chat.Draft(r.Context(), me, draft.ChannelID, draft.RootID); failed == nil {
			w.Header().Set(draftVersion, strconv.FormatInt(versionOf(saved), 10))
		}
	}
	if err != nil {
		return err
	}
	w.Header().Set(draftVersion, strconv.FormatInt(versionOf(saved), 10))
	return done(w, r, "/chat/"+draft.ChannelID)
}

// moment is the time of a version, the zero time for 0.
func moment(version int64) time.Time {
	if version == 0 {
		return time.Time{}
	}
	return time.UnixMilli(version).UTC()
}

func (d *door) showDrafts(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	drafts, err := d.Chat.Drafts(r.Context(), me)
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "Drafts", views.PlaceDrafts, "")
	if err != nil {
		return err
	}
	page := views.Drafts{Shell: s}
	for _, draft := range drafts {
		c, m, err := d.Chat.Channel(r.Context(), me, draft.ChannelID)
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
			continue
		}
		if err != nil {
			return err
		}
		shown, err := d.channel(r.Context(), me, c, m)
		if err != nil {
			return err
		}
		page.Drafts = append(page.Drafts, views.Draft{
			Channel: shown, Root: draft.RootID, Text: draft.Content, Files: len(draft.Attachments), At: draft.UpdatedAt,
		})
	}
	render(w, r, http.StatusOK, views.DraftsPage(page))
	return nil
}

func (d *door) deleteDraft(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := d.Chat.DeleteDraft(r.Context(), me, r.PostForm.Get("channel"), r.PostForm.Get("root")); err != nil {
		return err
	}
	d.note(r, "The draft was deleted")
	return done(w, r, "/drafts")
}
