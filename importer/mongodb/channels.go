package mongodb

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/importer"
)

// History implements importer.Source.
func (s *Source) History(ctx context.Context, t *importer.Tell) (*importer.History, error) {
	if !s.chat() {
		return nil, nil
	}
	s.channels = map[string]*importer.Channel{}
	if err := s.readChannels(ctx, t); err != nil {
		return nil, err
	}
	authors, err := s.readLog(ctx, t)
	if err != nil {
		return nil, err
	}
	h := &importer.History{Authors: authors, Total: len(s.log.entries)}
	for _, key := range slices.Sorted(maps.Keys(s.channels)) {
		c := s.channels[key]
		if c.Key == key {
			h.Channels = append(h.Channels, c)
		} else {
			c.Also = append(c.Also, key)
		}
	}
	return h, nil
}

var channelFields = map[string]bool{
	"_id": true, "name": true, "description": true, "type": true, "created_by": true, "created_at": true, "updated_at": true,
	"is_deleted": true, "members": true, "last_message": true, "last_message_at": true,
}

func (s *Source) readChannels(ctx context.Context, t *importer.Tell) error {
	line := t.Line(importer.Channels)
	return s.each(ctx, importer.Channels, bson.D{}, nil, func(d doc) error {
		line.Read++
		c := &importer.Channel{Key: d.key("_id"), Rest: d.without(channelFields)}
		c.Channel = chat.Channel{
			ID: importer.IDFor(importer.Channels, c.Key, d.created()), Name: d.text("name"), Description: d.text("description"), Type: chat.Private,
			CreatedBy: d.key("created_by", "createdBy"), CreatedAt: d.created(), Archived: d.flag("is_deleted", "deleted"),
		}
		if d.text("type") == string(chat.Public) {
			c.Type = chat.Public
		}
		if c.People = between(c.Key); c.People == nil {
			c.People = between(c.Name)
		}
		if c.People != nil {
			c.Type = chat.Private
			s.channels[c.Name] = c // as its messages may call it
		}
		s.channels[c.Key] = c
		return nil
	})
}

// between returns the two people of a direct conversation by its name, dm_<one>_<other>, and nil for any other.
func between(name string) []string {
	parts := strings.Split(strings.ToLower(name), "_")
	if len(parts) != 3 || parts[0] != "dm" || !id.Valid(parts[1]) || !id.Valid(parts[2]) {
		return nil
	}
	return parts[1:]
}

// directChannel returns the channel of messages that name a direct conversation which has no document, nil where they name
// none. It began with the oldest of its messages.
func (s *Source) directChannel(t *importer.Tell, key string, at time.Time) *importer.Channel {
	people := between(key)
	if people == nil {
		return nil
	}
	c := &importer.Channel{Key: key, People: people, Channel: chat.Channel{Name: key, Type: chat.Private, CreatedAt: at}}
	s.channels[key] = c
	t.Line(importer.Channels).Read++
	return c
}
