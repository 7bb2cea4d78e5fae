package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

// browsePage is how many channels the browser shows at once.
const browsePage = 100

func (d *door) browseChannels(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	query := r.URL.Query()
	page := views.Browser{
		Query: strings.TrimSpace(query.Get("q")), Sort: chat.ChannelOrder(query.Get("sort")), Archived: query.Get("show") == "archived",
	}
	if page.Sort != chat.ByActivity && page.Sort != chat.ByMembers {
		page.Sort = chat.ByName
	}
	channels, err := d.browsed(r, me, &page)
	if err != nil {
		return err
	}
	if page.Shell, err = d.shell(r, me, "Channels", views.PlaceChannels, ""); err != nil {
		return err
	}
	joined := map[string]bool{}
	for _, row := range page.Rows {
		joined[row.ID] = true
	}
	for _, c := range channels {
		shown := preview(c)
		shown.Joined = page.Archived || joined[c.ID]
		page.Channels = append(page.Channels, shown)
	}
	render(w, r, http.StatusOK, views.ChannelBrowser(page))
	return nil
}

// browsed reads the channels of a page, and where the list goes on.
func (d *door) browsed(r *http.Request, me accounts.User, page *views.Browser) ([]chat.Channel, error) {
	if page.Archived {
		all, err := d.Chat.ArchivedChannels(r.Context(), me)
		var channels []chat.Channel
		for _, c := range all {
			if strings.Contains(strings.ToLower(c.Name+" "+c.Topic+" "+c.Description), strings.ToLower(page.Query)) {
				channels = append(channels, c)
			}
		}
		return channels, err
	}
	query := r.URL.Query()
	place := chat.ChannelPlace{Name: query.Get("after"), ID: query.Get("id")}
	place.Rank, _ = strconv.ParseInt(query.Get("rank"), 10, 64)
	channels, err := d.Chat.PublicChannels(r.Context(), chat.ChannelQuery{
		Text: page.Query, Order: page.Sort, After: place, Limit: browsePage + 1,
	})
	channels, more := upTo(channels, browsePage)
	if more {
		last := page.Sort.Place(channels[browsePage-1])
		page.More = "/channels?" + url.Values{"q": {page.Query}, "sort": {string(page.Sort)}, "after": {last.Name}, "id": {last.ID},
			"rank": {strconv.FormatInt(last.Rank, 10)}}.Encode()
	}
	return channels, err
}
