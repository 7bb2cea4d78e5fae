package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

const allChannelsPage = 50

func (d *door) listAllChannels(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	values := r.URL.Query()
	q := chat.ChannelQuery{Text: strings.TrimSpace(values.Get("q")), Archived: values.Get("show") == "archived", Order: chat.ByName, Limit: allChannelsPage + 1}
	q.After.ID, q.After.Name = placeIn(values)
	found, err := d.Chat.AllChannels(r.Context(), me, q)
	if err != nil {
		return err
	}
	own, err := d.adminFrame(r, me, views.TabChannels)
	if err != nil {
		return err
	}
	found, more := upTo(found, allChannelsPage)
	page := views.AdminChannels{Own: own, Query: q.Text, Archived: q.Archived, Channels: found}
	if more {
		last := found[allChannelsPage-1]
		values.Set("after", last.ID+last.Name)
		page.More = "/admin/channels?" + values.Encode()
	}
	render(w, r, http.StatusOK, views.AdminChannelsPage(page))
	return nil
}

func (d *door) anyChannel(r *http.Request, me accounts.User) (page views.AdminChannel, err error) {
	if page.Channel, err = d.Chat.AnyChannel(r.Context(), me, chi.URLParam(r, "channel")); err != nil {
		return page, err
	}
	owners, err := d.Chat.Owners(r.Context(), me, page.Channel.ID)
	if err != nil {
		return page, err
	}
	for _, u := range owners {
		page.Owners = append(page.Owners, person(u, u.Status))
	}
	if page.Keeping, err = d.keeping(r.Context(), "/admin/channels/"+page.Channel.ID, page.Channel); err != nil {
		return page, err
	}
	page.Own, err = d.adminFrame(r, me, views.TabChannels)
	return page, err
}

func (d *door) showAnyChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.anyChannel(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminChannelPage(page))
	return nil
}

func (d *door) changeAnyChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, err := d.anyChannel(r, me)
	if err != nil {
		return err
	}
	page.Form, page.Typed = "owner", r.PostForm.Get("owner")
	notice := "Saved"
	switch action := r.PostForm.Get("action"); action {
	case "archive", "restore":
		page.Form, notice = "archive", map[string]string{"archive": "The channel is archived", "restore": "The channel is in use again"}[action]
		_, err = d.Chat.SetArchived(r.Context(), me, page.Channel.ID, action == "archive")
	case "owner":
		var userID string
		if page.Typed == "" {
			err = errNobody("owner")
		} else if userID, err = d.idOf(r.Context(), me, "owner", page.Typed); err == nil {
			err = d.Chat.SetOwner(r.Context(), me, page.Channel.ID, userID, true)
		}
		if fault.Is(err, fault.NotFound) {
			err = fault.Field("owner", "MEMBER_NOT_FOUND", "They are not in the channel.")
		}
	case "keep":
		saved, failed := d.keep(r, me, page.Channel.ID, &page.Keeping)
		if failed == nil && !saved {
			render(w, r, http.StatusOK, views.AdminChannelPage(page))
			return nil
		}
		page.Form, err = "keep", failed
	case "member":
		err = d.Chat.SetOwner(r.Context(), me, page.Channel.ID, r.PostForm.Get("user_id"), false)
	default:
		err = fault.Field("action", "INVALID_ACTION", "This is nothing that can be done to a channel.")
	}
	if err == nil {
		d.note(r, notice)
		return done(w, r, "/admin/channels/"+page.Channel.ID)
	}
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.Wrong = problem
		if page.Form == "keep" {
			page.Keeping.Wrong = problem
		}
		render(w, r, status, views.AdminChannelPage(page))
	})
}
