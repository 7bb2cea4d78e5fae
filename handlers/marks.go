package handlers

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/emoji"
	"pegasus/events"
	"pegasus/fault"
	"pegasus/views"
)

// markRoutes are what people do to a message.
func (d *door) markRoutes(get, post func(string, http.HandlerFunc)) {
	const message = "/chat/{channel}/messages/{message}"
	get(message+"/react", member(d.showReact))
	post(message+"/reactions", member(d.react))
	post(message+"/save", member(d.saveMessage))
	post(message+"/pin", member(d.pinMessage))
	get(message+"/history", member(d.showHistory))
	get("/chat/{channel}/pins", member(d.showPins))
	get("/saved", member(d.showSaved))
	d.quoteRoutes(get, post)
}

// maxFound is how many emoji a search shows at most.
const maxFound = 200

func (d *door) showReact(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	form, err := d.messagePage(r, me, "Add a reaction", func(chat.Member, chat.Message) bool { return true })
	if err != nil {
		return err
	}
	page := views.EmojiForm{MessageForm: form, Query: r.URL.Query().Get("q")}
	own := d.Chat.KeptEmoji().All
	page.Custom = len(own) > 0
	if n, err := strconv.Atoi(r.URL.Query().Get("group")); err == nil && n > 0 && n <= len(emoji.Groups()) {
		page.Group = n
	}
	switch {
	case page.Query != "":
		page.Found = append(ownEmoji(own, page.Query), emoji.Find(page.Query, maxFound)...)
	case page.Group == len(emoji.Groups()):
		page.Found = ownEmoji(own, "")
	default:
		page.Found = emoji.Groups()[page.Group].Emoji
	}
	render(w, r, http.StatusOK, views.ChooseEmoji(page))
	return nil
}

// ownEmoji returns those of the workspace's own whose names have a text in them, as the picker shows them.
func ownEmoji(all []chat.CustomEmoji, text string) []emoji.Emoji {
	var found []emoji.Emoji
	for _, e := range all {
		if strings.Contains(e.Text(), strings.ToLower(text)) {
			found = append(found, emoji.Emoji{Text: e.Text(), Name: e.Name})
		}
	}
	return found
}

// react adds a reaction or removes it, as the button that was pressed says.
func (d *door) react(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	channelID, messageID, err := d.marking(w, r, me)
	if err != nil {
		return err
	}
	if text := r.PostForm.Get("unreact"); text != "" {
		_, err = d.Chat.Unreact(r.Context(), me, channelID, messageID, text)
	} else {
		_, _, err = d.Chat.React(r.Context(), me, channelID, messageID, r.PostForm.Get("react"))
	}
	if err != nil {
		return err
	}
	return done(w, r, views.MessageLink(channelID, messageID))
}

func (d *door) saveMessage(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.setMark(w, r, me, "saved", func(m chat.Message, yes bool) error {
		return d.Chat.SetBookmark(r.Context(), me, m.ID, yes)
	})
}

func (d *door) pinMessage(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.setMark(w, r, me, "pinned", func(m chat.Message, yes bool) error {
		return d.Chat.SetPin(r.Context(), me, m.ID, yes)
	})
}

// setMark brings a message into the state that a field names, yes or no.
func (d *door) setMark(w http.ResponseWriter, r *http.Request, me accounts.User, field string, set func(chat.Message, bool) error) error {
	if _, _, err := d.marking(w, r, me); err != nil {
		return err
	}
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	wanted := r.PostForm.Get(field)
	if wanted != "yes" && wanted != "no" {
		return fault.Field(field, "INVALID_CHOICE", "This must be yes or no.")
	}
	if err := set(m, wanted == "yes"); err != nil {
		return err
	}
	return done(w, r, localPathOr(r, views.MessageLink(m.ChannelID, m.ID)))
}

// marking reads a form about a message, within the bound on how often a person may send one.
func (d *door) marking(w http.ResponseWriter, r *http.Request, me accounts.User) (channelID, messageID string, err error) {
	if err := parse(r); err != nil {
		return "", "", err
	}
	return chi.URLParam(r, "channel"), chi.URLParam(r, "message"), d.Limits.React.Take(w, r, me.ID)
}

// localPathOr returns the page to which a form leads back, other where it names none.
func localPathOr(r *http.Request, other string) string {
	if r.PostForm.Get("returnTo") == "" {
		return other
	}
	return localPath(r.PostForm)
}

// reactions are what stands under a message. Without a viewer nobody's are marked.
func reactions(all []chat.Reaction, people map[string]accounts.User, viewer string) []views.Reaction {
	shown := make([]views.Reaction, len(all))
	for i, r := range all {
		shown[i] = views.Reaction{Emoji: r.Emoji, Count: len(r.Users)}
		for _, userID := range r.Named() {
			shown[i].Names = append(shown[i].Names, shownName(people[userID]))
		}
		for _, userID := range r.Users {
			shown[i].Mine = shown[i].Mine || viewer != "" && userID == viewer
		}
	}
	return shown
}

func shownName(u accounts.User) string {
	if name := u.Shown(); name != "" {
		return name
	}
	return gone
}

// pinned is a message with who pinned it.
func pinned(m views.Message, source chat.Message, pinner accounts.User) views.Message {
	m.Pinned, m.Pinner = !source.PinnedAt.IsZero(), pinner.Shown()
	return m
}

// reacted returns a change of a message's reactions: whose it is, and the pills as they are after it.
func (d *door) reacted(e *events.Event, name string, change chat.ReactionChange, onScreen string) []byte {
	if change.ChannelID != onScreen {
		return nil
	}
	return e.Bytes(events.HTML, func() []byte {
		var pills bytes.Buffer
		_ = views.Reactions(change.ChannelID, change.MessageID, reactions(change.Reactions, change.People, "")).
			Render(d.live(), &pills) // a buffer takes everything
		return data(name, reaction{MessageID: change.MessageID, UserID: change.UserID, Emoji: change.Emoji, HTML: pills.String()})
	})
}

type reaction struct {
	MessageID string `json:"messageId"`
	UserID    string `json:"userId"`
	Emoji     string `json:"emoji"`
	HTML      string `json:"html"`
}
