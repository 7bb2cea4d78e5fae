package main

import (
	"context"
	"encoding/json"
	"path"
	"slices"

	"pegasus/accounts"
	"pegasus/api"
	"pegasus/chat"
	"pegasus/web"
)

// findChannels finds all channels, the archived ones too, and the conversations that somebody who is there is in.
func (e *exporter) findChannels(ctx context.Context, people []accounts.User) error {
	for _, archived := range []bool{false, true} {
		q := chat.ChannelQuery{Private: true, Archived: archived, Order: chat.ByName, Limit: exportPage}
		err := pages(func() ([]chat.Channel, error) { return e.Channels(ctx, q) }, func(page []chat.Channel) error {
			for _, c := range page {
				e.channels[c.ID] = true
				q.After = q.Order.Place(c)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, u := range people {
		ids, err := e.JoinedChannelIDs(ctx, u.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			e.channels[id] = true
		}
	}
	return nil
}

type exportedChannel struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Type        chat.ChannelType `json:"type"`
	Description string           `json:"description"`
	Topic       string           `json:"topic"`
	Archived    bool             `json:"archived"`
	CreatedBy   string           `json:"created_by,omitempty"`
	CreatedAt   string           `json:"created_at"`
	Members     []exportedMember `json:"members"`
}

type exportedMember struct {
	UserID   string          `json:"user_id"`
	Role     chat.MemberRole `json:"role"`
	JoinedAt string          `json:"joined_at"`
}

// exportedMessage is a message as its author's own export has it, with who wrote it and what others made of it.
type exportedMessage struct {
	api.ExportedMessage
	UserID    string             `json:"user_id"`
	Reactions []exportedReaction `json:"reactions,omitempty"`
}

type exportedReaction struct {
	Emoji  string `json:"emoji"`
	UserID string `json:"user_id"`
}

// conversations writes channels.ndjson, and a file of messages for each of them.
func (e *exporter) conversations(ctx context.Context) error {
	var lines []exportedChannel
	ids := make([]string, 0, len(e.channels))
	for id := range e.channels {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		c, err := e.Channel(ctx, id)
		if err != nil {
			return err
		}
		line := exportedChannel{
			ID: c.ID, Name: c.Name, Type: c.Type, Description: c.Description, Topic: c.Topic, Archived: c.Archived, CreatedBy: c.CreatedBy, CreatedAt: web.Time(c.CreatedAt),
		}
		after := ""
		err = pages(func() ([]chat.Member, error) { return e.Members(ctx, id, after, exportPage) }, func(page []chat.Member) error {
			for _, m := range page {
				line.Members = append(line.Members, exportedMember{UserID: m.UserID, Role: m.Role, JoinedAt: web.Time(m.JoinedAt)})
				after = m.UserID
			}
			return nil
		})
		if err != nil {
			return err
		}
		lines = append(lines, line)
		if err := e.history(ctx, id); err != nil {
			return err
		}
	}
	return writeLines(e.zip, "channels.ndjson", lines)
}

// history writes the messages of a channel that are not deleted, in the order of their numbers.
func (e *exporter) history(ctx context.Context, channelID string) error {
	file, err := e.zip.Create("messages/" + channelID + ".ndjson")
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	for next := int64(1); ; {
		page, err := e.Messages(ctx, channelID, chat.Page{From: next, Limit: exportPage})
		if err != nil || len(page) == 0 {
			return err
		}
		if err := e.lines(ctx, lines, page); err != nil {
			return err
		}
		next = page[len(page)-1].Seq + 1
	}
}

// lines writes a page of messages.
func (e *exporter) lines(ctx context.Context, to *json.Encoder, page []chat.Message) error {
	reactions, err := e.reactions(ctx, page)
	if err != nil {
		return err
	}
	for _, m := range page {
		e.messages++
		e.people[m.UserID] = true
		for _, a := range m.Attachments {
			e.attached = append(e.attached, path.Base(a.URL))
		}
		if err := to.Encode(exportedMessage{ExportedMessage: api.NewExportedMessage(m), UserID: m.UserID, Reactions: reactions[m.ID]}); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) reactions(ctx context.Context, page []chat.Message) (map[string][]exportedReaction, error) {
	ids := make([]string, len(page))
	for i, m := range page {
		ids[i] = m.ID
	}
	found, err := e.Reactions(ctx, ids)
	of := map[string][]exportedReaction{}
	for _, r := range found {
		of[r.MessageID] = append(of[r.MessageID], exportedReaction{Emoji: r.Emoji, UserID: r.UserID})
	}
	return of, err
}
