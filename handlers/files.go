package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/views"
	"pegasus/web"
)

// filesPage is how many messages with files the panel shows at once.
const filesPage = 30

// showFiles opens the panel with the files of a channel.
func (d *door) showFiles(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, _, err := d.beside(r, me)
	if err != nil {
		return err
	}
	list, err := d.Chat.Files(r.Context(), me, page.Channel.ID, r.URL.Query().Get("from"), filesPage)
	if err != nil {
		return err
	}
	authors, err := d.authors(r.Context(), list.Messages, nil)
	if err != nil {
		return err
	}
	page.Files = &views.FileList{}
	for _, m := range list.Messages {
		shown := message(m, authors[m.UserID])
		for _, a := range m.Attachments {
			page.Files.Files = append(page.Files.Files, views.ListedFile{Attachment: a, MessageID: m.ID, Author: shown.Author, At: m.CreatedAt})
		}
	}
	if list.Next != "" {
		page.Files.More = "/chat/" + page.Channel.ID + "/files?from=" + list.Next
	}
	d.panel(w, r, http.StatusOK, page)
	return nil
}

// showFile shows one file on a page, which may frame what the server serves and nothing else.
func (d *door) showFile(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	u, err := d.Chat.Upload(r.Context(), me, chi.URLParam(r, "key"))
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, u.Name, views.PlaceChat, "")
	if err != nil {
		return err
	}
	web.FrameOwn(w)
	render(w, r, http.StatusOK, views.FilePage(views.FileView{Shell: s, File: u.Attachment()}))
	return nil
}
