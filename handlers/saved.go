package handlers

import (
	"context"
	"net/http"
	"slices"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

// savedPage is how many saved messages a page shows.
const savedPage = 30

func (d *door) showSaved(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	found, err := d.Chat.Bookmarks(r.Context(), me, r.URL.Query().Get("before"), savedPage+1)
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "Saved", views.PlaceSaved, "")
	if err != nil {
		return err
	}
	page := views.Saved{Shell: s}
	found, more := upTo(found, savedPage)
	if more {
		page.More = "/saved?before=" + found[savedPage-1].ID
	}
	messages := make([]chat.Message, len(found))
	for i, b := range found {
		messages[i] = b.Message
	}
	if page.Cards, err = d.cards(r.Context(), s, messages); err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.SavedPage(page))
	return nil
}

// cards shows messages outside of their conversations. Their authors are read at once.
func (d *door) cards(ctx context.Context, s views.Shell, messages []chat.Message) ([]views.Card, error) {
	people, err := d.authors(ctx, messages, nil)
	if err != nil {
		return nil, err
	}
	shown := make([]views.Card, len(messages))
	for i, m := range messages {
		shown[i] = views.Card{Message: pinned(message(m, people[m.UserID]), m, people[m.PinnedBy]), Place: placeName(s, m.ChannelID)}
	}
	return shown, nil
}

// placeName returns what the viewer calls one of their channels.
func placeName(s views.Shell, channelID string) string {
	for _, row := range s.Rows {
		if row.ID == channelID {
			return row.Name
		}
	}
	for _, t := range s.Talks {
		if t.ID == channelID {
			return t.Name
		}
	}
	for _, talk := range s.Talks {
		if talk.ID == channelID {
			return "a conversation with " + talk.Name
		}
	}
	return "a direct conversation"
}

func (d *door) showPins(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, _, err := d.beside(r, me)
	if err != nil {
		return err
	}
	found, err := d.Chat.Pins(r.Context(), me, page.Channel.ID)
	if err != nil {
		return err
	}
	cards, err := d.cards(r.Context(), page.Shell, found)
	if err != nil {
		return err
	}
	for i := range cards {
		cards[i].Place = ""
	}
	page.Pins = &views.Pins{Cards: cards}
	d.panel(w, r, http.StatusOK, page)
	return nil
}

func (d *door) showHistory(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	texts, err := d.Chat.Versions(r.Context(), me, m.ID)
	if err != nil {
		return err
	}
	page, _, err := d.beside(r, me)
	if err != nil {
		return err
	}
	author, err := d.Accounts.Users(r.Context(), []string{m.UserID})
	if err != nil {
		return err
	}
	page.Versions = &views.Versions{Message: message(m, author[m.UserID]), Texts: make([]views.Version, len(texts))}
	for i, v := range texts {
		page.Versions.Texts[i] = views.Version{At: v.WrittenAt, Text: v.Content, First: i == 0}
		if i > 0 {
			page.Versions.Texts[i].Before = texts[i-1].Content
		}
	}
	slices.Reverse(page.Versions.Texts)
	d.panel(w, r, http.StatusOK, page)
	return nil
}
