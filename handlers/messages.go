package handlers

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) createMessage(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	channelID := chi.URLParam(r, "channel")
	p, err := d.readPosting(w, r, me, channelID)
	var said chat.Outcome
	if err == nil {
		said, err = d.post(w, r, me, channelID, p)
	}
	if err == nil {
		return d.answerSaid(w, r, said, "/chat/"+channelID)
	}
	if fragment(r) {
		return err
	}
	page, _, failed := d.conversation(r, me)
	if failed != nil {
		return failed
	}
	status, err := d.refill(w, r, me, p, err, &page.Composer)
	if err == nil {
		render(w, r, status, views.ChatPage(page))
	}
	return err
}

// message returns the message that the address names. In another channel than the address names it is not there.
func (d *door) message(r *http.Request, me accounts.User) (chat.Message, error) {
	m, err := d.Chat.Message(r.Context(), me, chi.URLParam(r, "message"))
	if err == nil && m.ChannelID != chi.URLParam(r, "channel") {
		return chat.Message{}, notFound(nil, r)
	}
	return m, err
}

// messagePage reads what a page about one message shows, to somebody who may do what the page is for.
func (d *door) messagePage(r *http.Request, me accounts.User, title string, may func(chat.Member, chat.Message) bool) (views.MessageForm, error) {
	m, err := d.message(r, me)
	if err != nil {
		return views.MessageForm{}, err
	}
	page, place, err := d.here(r, me, title)
	if err != nil {
		return views.MessageForm{}, err
	}
	if !may(place, m) {
		return views.MessageForm{}, chat.ErrMessageNotFound
	}
	most, err := d.Chat.MaxMessage(r.Context())
	if err != nil {
		return views.MessageForm{}, err
	}
	author, err := d.Accounts.Users(r.Context(), []string{m.UserID})
	return views.MessageForm{
		MaxText: most,
		Shell:   page.Shell, Channel: page.Channel, Message: message(m, author[m.UserID]), Text: m.Content, CtrlEnter: me.CtrlEnterSends(),
	}, err
}

func (d *door) editPage(r *http.Request, me accounts.User) (views.MessageForm, error) {
	return d.messagePage(r, me, "Edit message", func(_ chat.Member, m chat.Message) bool { return chat.MayEdit(me, m) })
}

func (d *door) showEdit(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.editPage(r, me)
	if err != nil {
		return err
	}
	if fragment(r) {
		render(w, r, http.StatusOK, views.InlineEdit(page))
		return nil
	}
	render(w, r, http.StatusOK, views.EditMessage(page))
	return nil
}

func (d *door) editMessage(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	if err = d.Limits.Post.Take(w, r, me.ID); err == nil {
		_, err = d.Chat.EditMessage(r.Context(), me, m.ID, r.PostForm.Get("content"))
	}
	if err == nil {
		return done(w, r, views.MessageLink(m.ChannelID, m.ID))
	}
	if fragment(r) {
		return err
	}
	page, failed := d.editPage(r, me)
	if failed != nil {
		return failed
	}
	page.Text = r.PostForm.Get("content")
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.Wrong = problem
		render(w, r, status, views.EditMessage(page))
	})
}

func (d *door) showDelete(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.messagePage(r, me, "Delete message", func(place chat.Member, m chat.Message) bool {
		return chat.MayDelete(me, place, m)
	})
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.DeleteMessage(page))
	return nil
}

func (d *door) deleteMessage(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	if err := d.Chat.DeleteMessage(r.Context(), me, m.ID); err != nil {
		return err
	}
	d.note(r, "The message was deleted")
	return done(w, r, "/chat/"+m.ChannelID)
}

func (d *door) markRead(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	channelID := chi.URLParam(r, "channel")
	seq, err := number(r, "seq")
	if err == nil {
		_, err = d.Chat.MarkRead(r.Context(), me, channelID, seq)
	}
	if err != nil {
		return err
	}
	if r.PostForm.Has("returnTo") {
		return done(w, r, localPath(r.PostForm))
	}
	return done(w, r, "/chat/"+channelID)
}

// number reads a field that holds a whole number, 0 where it is missing.
func number(r *http.Request, field string) (int64, error) {
	text := r.PostForm.Get(field)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.Field(field, "INVALID_NUMBER", "This is not a number of a message.")
	}
	return n, nil
}

func (d *door) setTyping(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := d.Limits.Typing.Take(w, r, me.ID); err != nil {
		return err
	}
	channelID := chi.URLParam(r, "channel")
	if err := d.Chat.SetTyping(r.Context(), me, channelID, r.PostForm.Get("typing") == "true"); err != nil {
		return err
	}
	return done(w, r, "/chat/"+channelID)
}
