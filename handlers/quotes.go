package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/views"
	"pegasus/web"
)

// maxCards is how many of the messages to which a message links are shown below it.
const maxCards = 3

// messageAddress finds the links of rendered text that lead to a message: where they begin, and its id.
var messageAddress = regexp.MustCompile(`href="([^"]*)/chat/[0-9a-f]{24}\?around=([0-9a-f]{24})(?:#m-[0-9a-f]{24})?"`)

// linksIn returns the messages of this workspace to which a text links, each once. Links are whole addresses: others do not
// pass the sanitiser.
func (d *door) linksIn(html string) []string {
	var ids []string
	for _, found := range messageAddress.FindAllStringSubmatch(html, -1) {
		if found[1] == d.URL && len(ids) < maxCards && !slices.Contains(ids, found[2]) {
			ids = append(ids, found[2])
		}
	}
	return ids
}

// quote puts below each entry the messages to which it links, as far as the viewer may see them: with one read of messages
// and one of people however many they are, and none where nothing is linked. The shell names their places.
func (d *door) quote(ctx context.Context, me accounts.User, shell func() (views.Shell, error), entries []views.Entry) error {
	links := make([][]string, len(entries))
	for i, e := range entries {
		links[i] = d.linksIn(e.HTML)
	}
	cards, err := d.quoted(ctx, me, shell, slices.Concat(links...))
	if err != nil {
		return err
	}
	for i := range entries {
		for _, messageID := range links[i] {
			if card, seen := cards[messageID]; seen && messageID != entries[i].Message.ID {
				entries[i].Quotes = append(entries[i].Quotes, card)
			}
		}
	}
	return nil
}

func (d *door) quoted(ctx context.Context, me accounts.User, shell func() (views.Shell, error), ids []string) (map[string]views.Card, error) {
	found, err := d.Chat.Quoted(ctx, me, ids)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	s, err := shell()
	if err != nil {
		return nil, err
	}
	messages := make([]chat.Message, 0, len(found))
	for _, m := range found {
		messages = append(messages, m)
	}
	cards, err := d.cards(ctx, s, messages)
	byID := make(map[string]views.Card, len(cards))
	for _, card := range cards {
		byID[card.ID] = card
	}
	return byID, err
}

// showQuotes answers the script with the messages to which new ones link, as the viewer may see them.
func (d *door) showQuotes(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	ids := strings.Split(r.URL.Query().Get("ids"), ",")
	if len(ids) > chat.MaxQuoted {
		return fault.Field("ids", "TOO_MANY_IDS", "So many messages cannot be quoted at once.")
	}
	found, err := d.quoted(r.Context(), me, func() (views.Shell, error) { return d.shell(r, me, "Quotes", views.PlaceChat, "") }, ids)
	if err != nil {
		return err
	}
	var cards []views.Card
	for _, messageID := range ids {
		if card, seen := found[messageID]; seen {
			cards = append(cards, card)
		}
	}
	render(w, r, http.StatusOK, views.QuoteCards(cards))
	return nil
}

// quoting is what stands in the composer of somebody who wants to quote a message.
func (d *door) quoting(channelID, messageID string) string {
	if !id.Valid(messageID) {
		return ""
	}
	return d.URL + views.MessageLink(channelID, messageID) + "\n"
}

// maxTargets is how many places to forward a message to are offered at once.
const maxTargets = 30

func (d *door) forwardPage(w http.ResponseWriter, r *http.Request, me accounts.User) (views.Forward, error) {
	form, err := d.messagePage(r, me, "Forward message", func(chat.Member, chat.Message) bool { return true })
	if err != nil {
		return views.Forward{}, err
	}
	form.Text = "" // what the message says goes nowhere but by its link
	page := views.Forward{MessageForm: form, Key: rand.Text(), To: r.FormValue("channel_id"), Query: nameAsked(r)}
	page.Targets, err = d.targets(w, r, me, page.Shell, page.Query)
	if page.Unsought = r.Method == http.MethodPost && fault.Is(err, fault.Limited); page.Unsought {
		// What was written is worth more than the list.
		page.Targets, err = d.targets(w, r, me, page.Shell, "")
		page.Targets = slices.DeleteFunc(page.Targets, func(t views.Target) bool { return t.ID != page.To })
	}
	if len(page.Targets) > maxTargets {
		page.Targets, page.More = page.Targets[:maxTargets], true
	}
	return page, err
}

// targets are the places in which somebody may post, the latest first or, with a text, those that it may mean, the best first. Among
// them is who nothing was said to yet.
func (d *door) targets(w http.ResponseWriter, r *http.Request, me accounts.User, s views.Shell, text string) ([]views.Target, error) {
	s.Rows = slices.DeleteFunc(slices.Clone(s.Rows), func(row views.Row) bool { return row.Barred })
	s.Talks = slices.DeleteFunc(slices.Clone(s.Talks), func(talk views.Talk) bool {
		return !slices.ContainsFunc(talk.People, func(p views.Person) bool { return !p.Gone })
	})
	items := ownPlaces(s)
	if text != "" {
		if err := d.Limits.Jump.Take(w, r, me.ID); err != nil {
			return nil, err
		}
		others, err := d.otherTalks(r, me, text, items)
		if err != nil {
			return nil, err
		}
		items = fitting(append(items, others...), text)
	}
	targets := make([]views.Target, len(items))
	for i, item := range items {
		targets[i] = views.Target{JumpItem: item, ID: strings.TrimPrefix(item.Path, "/chat/")}
		if item.To != "" {
			targets[i].ID = chat.DirectKey(me.ID, item.To)
		}
	}
	return targets, nil
}

func (d *door) showForward(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.forwardPage(w, r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ForwardMessage(page))
	return nil
}

// forwardAgain shows the form with what was written in it.
func (d *door) forwardAgain(w http.ResponseWriter, r *http.Request, me accounts.User, status int, problem views.Wrong) error {
	page, err := d.forwardPage(w, r, me)
	if err != nil {
		return err
	}
	if page.Unsought && status == http.StatusOK {
		status = http.StatusTooManyRequests
	}
	page.Text, page.Key, page.Wrong = r.PostForm.Get("comment"), cmp.Or(r.PostForm.Get("client_id"), page.Key), problem
	render(w, r, status, views.ForwardMessage(page))
	return nil
}

// forward posts a link to a message in another place of the actor's. Who reads there sees the message itself only where they may
// see it at its own place. Without scripts looking for that place is the same form, so that what was written stays.
func (d *door) forward(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if r.PostForm.Has("find") {
		return d.forwardAgain(w, r, me, http.StatusOK, views.Wrong{})
	}
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	text := d.withLink(r.PostForm.Get("comment"), views.MessageLink(m.ChannelID, m.ID))
	target, err := d.target(w, r, me)
	if err == nil {
		_, err = d.Chat.PostMessage(r.Context(), me, target, chat.Draft{Content: text, Key: r.PostForm.Get("client_id")})
	}
	if err == nil {
		d.note(r, "The message was forwarded")
		return done(w, r, "/chat/"+target)
	}
	if f := web.Fault(err); fragment(r) || f.Kind == fault.NotFound {
		return err
	}
	var failed error
	err = showWrong(w, r, err, func(problem views.Wrong, status int) { failed = d.forwardAgain(w, r, me, status, problem) })
	return cmp.Or(err, failed)
}

// withLink puts a link to a message below what somebody says of it, and above that where it could take the link in, as a block of code
// without an end does, or has so many links of its own that no card is left for this one.
func (d *door) withLink(comment, path string) string {
	link := d.URL + path
	comment = strings.TrimSpace(comment)
	switch {
	case comment == "":
		return link
	case strings.Contains(comment, "```"), strings.Contains(comment, "~~~"), strings.Contains(comment, "<"), strings.Contains(comment, d.URL+"/chat/"):
		return link + "\n\n" + comment
	}
	return comment + "\n\n" + link
}

// target returns the id of the channel that the form chooses. One's conversation with somebody, which it names by its key, is begun
// where there is none.
func (d *door) target(w http.ResponseWriter, r *http.Request, me accounts.User) (string, error) {
	chosen := r.PostForm.Get("channel_id")
	if chosen == "" {
		return "", fault.Field("channel_id", "CHANNEL_REQUIRED", "Choose where to forward it.")
	}
	if err := d.Limits.Post.Take(w, r, me.ID); err != nil {
		return "", err
	}
	a, b, direct := chat.DirectPeople(chosen)
	if !direct || a != me.ID && b != me.ID {
		return chosen, nil
	}
	if a == me.ID {
		a = b
	}
	c, err := d.open(w, r, me, []string{a})
	return c.ID, err
}

// quoteRoutes are what one message has to do with others.
func (d *door) quoteRoutes(get, post func(string, http.HandlerFunc)) {
	const message = "/chat/{channel}/messages/{message}"
	get("/quotes", member(d.showQuotes))
	get(message+"/forward", member(d.showForward))
	post(message+"/forward", member(d.forward))
}
