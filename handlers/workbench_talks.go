package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/plugins"
	"pegasus/views"
)

// talkOf finds the conversation that the address names, with the plugin that it is about.
func (d *door) talkOf(r *http.Request, me accounts.User) (plugins.Plugin, plugins.Conversation, error) {
	p, err := d.pluginOf(r, me)
	if err != nil {
		return plugins.Plugin{}, plugins.Conversation{}, err
	}
	c, err := d.Plugins.Conversation(r.Context(), me, chi.URLParam(r, "conversation"))
	if err == nil && c.PluginID != p.ID {
		err = plugins.ErrConversationNotFound
	}
	return p, c, err
}

func (d *door) showTalkDeletion(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	p, c, err := d.talkOf(r, me)
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "Delete the conversation", views.PlacePlugins, "")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.TalkDeletionPage(views.TalkDeletion{Shell: s, Plugin: d.pluginRow(p, nil), Talk: c}))
	return nil
}

func (d *door) deleteTalk(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	p, c, err := d.talkOf(r, me)
	if err != nil {
		return err
	}
	if err := d.Plugins.DeleteConversation(r.Context(), me, c.ID); err != nil {
		return err
	}
	d.note(r, "The conversation was deleted")
	return done(w, r, views.PluginPath(p.Name))
}
