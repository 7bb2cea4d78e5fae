package handlers

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

// Limits of what is proposed to who is writing.
const (
	maxProposals = 8
	maxProposed  = 80 // characters of what was typed so far
)

// complete proposes what a word that somebody begins to write in a channel may become: ?kind= person, channel or command.
func (d *door) complete(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Limits.Complete.Take(w, r, me.ID); err != nil {
		return err
	}
	c, _, err := d.Chat.Channel(r.Context(), me, chi.URLParam(r, "channel"))
	if err != nil {
		return err
	}
	text := strings.ToLower(r.URL.Query().Get("q"))
	var list []views.Proposal
	if utf8.RuneCountInString(text) <= maxProposed {
		switch r.URL.Query().Get("kind") {
		case "person":
			list, err = d.proposePeople(r.Context(), me, c, text)
		case "channel":
			list, err = d.proposeChannels(r.Context(), me, text)
		case "command":
			list, err = d.proposeCommands(r.Context(), me, c.ID, text)
		}
	}
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.Proposals(list[:min(len(list), maxProposals)]))
	return nil
}

// proposePeople proposes those whom a mention reaches, who are the members of the channel, and the names that stand for many.
func (d *door) proposePeople(ctx context.Context, me accounts.User, c chat.Channel, text string) ([]views.Proposal, error) {
	people, err := d.Chat.Mentionable(ctx, me, c.ID, text, maxProposals)
	var list []views.Proposal
	for _, u := range people {
		p := person(u, d.Chat.Presence(u))
		list = append(list, views.Proposal{Insert: "@" + u.Username, Label: p.Name, About: "@" + u.Username, Person: &p})
	}
	if err != nil {
		return nil, err
	}
	groups, err := d.proposeGroups(ctx, text)
	list = append(list[:min(len(list), maxProposals-min(len(groups), 3))], groups...)
	list = list[:min(len(list), maxProposals)]
	if c.IsDirect() || c.MemberCount > chat.MaxCrowd {
		return list, err
	}
	list = list[:min(len(list), maxProposals-2)]
	for _, crowd := range []views.Proposal{
		{Insert: "@here", Label: "@here", About: "Everyone in this channel who is online", Icon: "users"},
		{Insert: "@channel", Label: "@channel", About: "Everyone in this channel", Icon: "users"},
	} {
		if strings.HasPrefix(crowd.Insert[1:], text) {
			list = append(list, crowd)
		}
	}
	return list, err
}

// proposeChannels proposes channels that one is in, those first whose names begin with what was typed.
func (d *door) proposeChannels(ctx context.Context, me accounts.User, text string) ([]views.Proposal, error) {
	joined, err := d.Chat.JoinedPlaces(ctx, me)
	var first, rest []views.Proposal
	for _, j := range joined {
		p := views.Proposal{Insert: "#" + j.Name, Label: j.Name, About: j.Description, Icon: "hash"}
		if j.Type == chat.Private {
			p.Icon = "lock"
		}
		switch name := strings.ToLower(j.Name); {
		case name == "":
		case strings.HasPrefix(name, text):
			first = append(first, p)
		case strings.Contains(name, text):
			rest = append(rest, p)
		}
	}
	return append(first, rest...), err
}

func (d *door) proposeCommands(ctx context.Context, me accounts.User, channelID, text string) ([]views.Proposal, error) {
	commands, err := d.Chat.Commands(ctx, me, channelID)
	var list []views.Proposal
	for _, c := range commands {
		if strings.HasPrefix(c.Name, text) {
			list = append(list, views.Proposal{Insert: "/" + c.Name, Label: "/" + c.Name, Hint: c.Hint, About: c.Help})
		}
	}
	return list, err
}
