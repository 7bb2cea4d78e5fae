package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) showNewChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.newChannel(w, r, me, http.StatusOK, views.ChannelForm{Private: d.Chat.MayMake(r.Context(), me, chat.Public) != nil})
}

func (d *door) newChannel(w http.ResponseWriter, r *http.Request, me accounts.User, status int, f views.ChannelForm) error {
	s, err := d.shell(r, me, "New channel", views.PlaceChannels, "")
	if err == nil {
		err = d.limitTypes(r.Context(), me, &f)
	}
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
	page, _, err := d.beside(r, me)
	if err != nil {
		return err
	}
	if !page.Channel.Manage {
		http.Redirect(w, r, "/chat/"+page.Channel.ID, http.StatusSeeOther)
		return nil
	}
	c := page.Channel
	page.Editing = &views.ChannelForm{
		Name: c.Name, Description: c.Description, Private: c.Private, WasPrivate: c.Private, Rules: c.Rules, Newcomers: c.Newcomers, Boss: me.IsAdmin(),
	}
	if err := d.limitTypes(r.Context(), me, page.Editing); err != nil {
		return err
	}
	d.panel(w, r, http.StatusOK, page)
	return nil
}

// beside is the conversation of a page with a panel, and the viewer's place in it. For a script, which takes the panel alone, it is
// without its messages and without what stands around it, which framed adds.
func (d *door) beside(r *http.Request, me accounts.User) (page views.Chat, place chat.Member, err error) {
	if !fragment(r) {
		return d.conversation(r, me)
	}
	page.Me = person(me, me.Status)
	page.Channel, place, err = d.named(r, me)
	return page, place, err
}

// framed adds to a page of beside what stands around the conversation, for a panel that shows something of it.
func (d *door) framed(r *http.Request, me accounts.User, page *views.Chat) (err error) {
	if fragment(r) {
		page.Shell, err = d.shell(r, me, page.Channel.Name, views.PlaceChat, page.Channel.ID)
	}
	return err
}

// here is the channel that the address names, without its messages, on a page with a title of its own. With it comes the viewer's
// place in it.
func (d *door) here(r *http.Request, me accounts.User, title string) (page views.Chat, place chat.Member, err error) {
	if page.Channel, place, err = d.named(r, me); err != nil {
		return page, place, err
	}
	page.Shell, err = d.shell(r, me, title, views.PlaceChat, page.Channel.ID)
	return page, place, err
}

// named is the channel that the address names, and the viewer's place in it.
func (d *door) named(r *http.Request, me accounts.User) (views.Channel, chat.Member, error) {
	c, place, err := d.Chat.Channel(r.Context(), me, chi.URLParam(r, "channel"))
	if err != nil {
		return views.Channel{}, place, err
	}
	shown, err := d.channel(r.Context(), me, c, place)
	return shown, place, err
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
	channelID := chi.URLParam(r, "channel")
	before, place, err := d.Chat.Channel(r.Context(), me, channelID)
	if err != nil {
		return err
	}
	change, err := channelChange(r, f)
	if err == nil && chat.MayManage(me, place) && before.Type == chat.Private && !f.Private && r.PostForm.Get("confirm") == "" {
		err = errOpening
	}
	if err == nil {
		_, err = d.Chat.UpdateChannel(r.Context(), me, channelID, change)
	}
	if err == nil {
		return done(w, r, "/chat/"+channelID)
	}
	page, _, failed := d.beside(r, me)
	if failed != nil {
		return failed
	}
	if failed := d.limitTypes(r.Context(), me, &f); failed != nil {
		return failed
	}
	f.WasPrivate, f.Rules, f.Newcomers, f.Boss = page.Channel.Private, filledRules(change, page.Channel.Rules), page.Channel.Newcomers, me.IsAdmin()
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		f.Wrong = problem
		page.Editing = &f
		d.panel(w, r, status, page)
	})
}

var errOpening = fault.Field("confirm", "CONFIRM_OPENING", "Everyone could then read what was said here before. Say that this is meant.")

// channelChange is what a form changes. Fields that are not in the form stay as they are.
func channelChange(r *http.Request, f views.ChannelForm) (chat.ChannelChange, error) {
	kind := channelType(f)
	change := chat.ChannelChange{Name: &f.Name, Description: &f.Description, Type: &kind}
	for _, rule := range []struct {
		field string
		to    **chat.Who
	}{{"posting", &change.Posting}, {"mentioning", &change.Crowds}, {"inviting", &change.Inviting}} {
		if !r.PostForm.Has(rule.field) {
			continue
		}
		who, err := chat.ParseWho(rule.field, r.PostForm.Get(rule.field))
		if err != nil {
			return change, err
		}
		*rule.to = &who
	}
	if said := r.PostForm["newcomers"]; len(said) > 0 {
		yes := said[len(said)-1] == "yes"
		change.Newcomers = &yes
	}
	return change, nil
}

// filledRules are the rules as a form has them.
func filledRules(change chat.ChannelChange, rules chat.Rules) chat.Rules {
	for _, rule := range []struct {
		from *chat.Who
		to   *chat.Who
	}{{change.Posting, &rules.Posting}, {change.Crowds, &rules.Crowds}, {change.Inviting, &rules.Inviting}} {
		if rule.from != nil {
			*rule.to = *rule.from
		}
	}
	return rules
}

func (d *door) archiveChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	c, err := d.Chat.ArchiveChannel(r.Context(), me, chi.URLParam(r, "channel"))
	if err != nil {
		return err
	}
	d.note(r, c.Name+" is archived")
	return done(w, r, "/chat")
}

func (d *door) unarchiveChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	channelID, open := chi.URLParam(r, "channel"), false
	c, err := d.Chat.UpdateChannel(r.Context(), me, channelID, chat.ChannelChange{Archived: &open})
	if err != nil {
		return err
	}
	d.note(r, c.Name+" is in use again")
	return done(w, r, "/chat/"+channelID)
}

func (d *door) showAbout(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, _, err := d.beside(r, me)
	if err == nil {
		err = d.framed(r, me, &page)
	}
	if err != nil {
		return err
	}
	page.About = &views.About{Topic: page.Channel.Topic}
	d.panel(w, r, http.StatusOK, page)
	return nil
}

func (d *door) setTopic(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	channelID, topic := chi.URLParam(r, "channel"), r.PostForm.Get("topic")
	_, err := d.Chat.SetTopic(r.Context(), me, channelID, topic)
	if err == nil {
		return done(w, r, "/chat/"+channelID)
	}
	page, _, failed := d.beside(r, me)
	if failed == nil {
		failed = d.framed(r, me, &page)
	}
	if failed != nil {
		return failed
	}
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.About = &views.About{Topic: topic, Wrong: problem}
		d.panel(w, r, status, page)
	})
}

// limitTypes says in the form of a channel why the viewer makes none of a type.
func (d *door) limitTypes(ctx context.Context, me accounts.User, f *views.ChannelForm) error {
	for kind, why := range map[chat.ChannelType]*string{chat.Public: &f.NoPublic, chat.Private: &f.NoPrivate} {
		err := d.Chat.MayMake(ctx, me, kind)
		var refused *fault.Error
		if errors.As(err, &refused) && refused.Kind == fault.Forbidden {
			*why = refused.Message
		} else if err != nil {
			return err
		}
	}
	return nil
}

// makesNone reports whether the viewer makes channels of neither type.
func (d *door) makesNone(ctx context.Context, me accounts.User) (bool, error) {
	var f views.ChannelForm
	err := d.limitTypes(ctx, me, &f)
	return f.NoPublic != "" && f.NoPrivate != "", err
}
