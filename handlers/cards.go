package handlers

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/views"
)

// showCard is what everybody may know of a person, as a page or as the panel beside a conversation.
func (d *door) showCard(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	u, err := d.Accounts.Somebody(r.Context(), chi.URLParam(r, "user"))
	if err != nil {
		return err
	}
	card := views.PersonCard{Person: person(u, d.Chat.Presence(u)), Role: u.Role, Self: u.ID == me.ID, Since: u.CreatedAt}
	if card.Self {
		card.Status = me.Status // this page is their presence, even before its stream is open
	} else if card.Shared, err = d.shared(r.Context(), me, u.ID); err != nil {
		return err
	}
	if card.Said, err = d.Accounts.Profile(r.Context(), u.ID); err != nil {
		return err
	}
	groups, err := d.Chat.GroupsOf(r.Context(), u.ID)
	if err != nil {
		return err
	}
	card.Groups = shownGroups(groups)
	if fragment(r) {
		render(w, r, http.StatusOK, views.CardPanel(card))
		return nil
	}
	s, err := d.shell(r, me, card.Name, views.PlacePeople, "")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.CardPage(s, card))
	return nil
}

func (d *door) shared(ctx context.Context, me accounts.User, userID string) ([]views.Channel, error) {
	channels, err := d.Chat.Shared(ctx, me, userID)
	out := make([]views.Channel, len(channels))
	for i, c := range channels {
		out[i] = preview(c)
	}
	return out, err
}
