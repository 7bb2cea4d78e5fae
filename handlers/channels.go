package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

func (d *door) showNewChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.newChannel(w, r, me, http.StatusOK, views.ChannelForm{})
}

func (d *door) newChannel(w http.ResponseWriter, r *http.Request, me accounts.User, status int, f views.ChannelForm) error {
	s, err := d.shell(r, me, "New channel", views.PlaceChannels, "")
	if err != nil {
		return err
	}
	render(w, r, status, views.NewChannel(s, f))
	return nil
}

func channelForm(r *http.Request) views.ChannelForm {
	return views.ChannelForm{
		Name: strings.TrimSpace(r.PostForm.Get("name")), Description: strings.TrimSpace(r.PostForm.Get("description")),
		Private: r.PostForm.Get("type") == string(chat.Private),
	}
}

func channelType(f views.ChannelForm) chat.ChannelType {
	if f.Private {
		return chat.Private
	}
	return chat.Public
}

func (d *door) createChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f := channelForm(r)
	err := d.Limits.Channels.Take(w, r, me.ID)
	var c chat.Channel
	if err == nil {
		c, err = d.Chat.CreateChannel(r.Context(), me, chat.NewChannel{Name: f.Name, Description: f.Description, Type: channelType(f)})
	}
	if err == nil {
		return done(w, r, "/chat/"+c.ID)
	}
	var failed error
	err = showWrong(w, r, err, func(problem views.Wrong, status int) {
		f.Wrong = problem
		failed = d.newChannel(w, r, me, status, f)
	})
	if err == nil {
		err = failed
	}
	return err
}

func (d *door) joinChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	channelID := chi.URLParam(r, "channel")
	if err := d.Chat.Join(r.Context(), me, channelID); err != nil {
		return err
	}
	return done(w, r, "/chat/"+channelID)
}

func (d *door) leaveChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := d.Chat.RemoveMember(r.Context(), me, chi.URLParam(r, "channel"), me.ID); err != nil {
		return err
	}
	d.note(r, "You left the channel")
	return done(w, r, localPath(r.PostForm))
}

func (d *door) showChannelSettings(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.conversation(r, me)
	if err != nil {
		return err
	}
	if !page.Channel.Manage {
		http.Redirect(w, r, "/chat/"+page.Channel.ID, http.StatusSeeOther)
		return nil
	}
	page.Editing = &views.ChannelForm{Name: page.Channel.Name, Description: page.Channel.Description, Private: page.Channel.Private}
	d.panel(w, r, http.StatusOK, page)
	return nil
}

// panel shows a conversation with its panel open, or the panel alone to a script.
func (d *door) panel(w http.ResponseWriter, r *http.Request, status int, page views.Chat) {
	if fragment(r) {
		render(w, r, status, views.Panel(page))
		return
	}
	render(w, r, status, views.ChatPage(page))
}

func (d *door) updateChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f := channelForm(r)
	kind := channelType(f)
	channelID := chi.URLParam(r, "channel")
	_, err := d.Chat.UpdateChannel(r.Context(), me, channelID, chat.ChannelChange{Name: &f.Name, Description: &f.Description, Type: &kind})
	if err == nil {
		return done(w, r, "/chat/"+channelID)
	}
	page, failed := d.conversation(r, me)
	if failed != nil {
		return failed
	}
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		f.Wrong = problem
		page.Editing = &f
		d.panel(w, r, status, page)
	})
}

func (d *door) archiveChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	c, err := d.Chat.ArchiveChannel(r.Context(), me, chi.URLParam(r, "channel"))
	if err != nil {
		return err
	}
	d.note(r, c.Name+" is archived")
	return done(w, r, "/chat")
}
