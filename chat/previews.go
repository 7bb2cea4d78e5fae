package chat

import (
	"context"
	"slices"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Limits of previews of links.
const (
	MaxPreviews = 3   // links of one message that are looked at
	previewRoom = 256 // messages that wait for theirs; of more the links stay without
)

// Preview is what a page behind a link says of itself: plain text, cut to a length that fits a card.
type Preview struct {
	URL         string `json:"url"`
	Site        string `json:"site"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Hidden      bool   `json:"hidden,omitempty"` // the message's author took it away, and it stays away
}

// PreviewStore keeps what the pages behind a message's links say.
type PreviewStore interface {
	// SetPreviews replaces the previews of a message that is not deleted and still has this text; otherwise it is NotFound.
	// The message's times stay. A message that is deleted has no previews.
	SetPreviews(ctx context.Context, messageID, content string, previews []Preview) (Message, error)
}

// Previewer looks at what links lead to.
type Previewer struct {
	// Links returns the addresses that rendered HTML leads to, in order and each once.
	Links func(html string) []string
	// Fetch returns what a page says of itself. A page that says nothing, or cannot be fetched, is an error.
	Fetch func(ctx context.Context, address string) (Preview, error)
}

// Shown returns the previews that readers see.
func Shown(all []Preview) []Preview {
	return slices.DeleteFunc(slices.Clone(all), func(p Preview) bool { return p.Hidden })
}

// previewLater has the links of a message looked at, where it was posted to a channel. What people say in private leads no server
// anywhere. It never waits.
func (s *Service) previewLater(c Channel, m Message) {
	if s.previewer == nil || c.IsDirect() || len(m.Previews) == 0 && len(s.previewer.Links(m.HTML)) == 0 {
		return
	}
	select {
	case s.unseen <- m.ID:
	default: // a preview is a courtesy
	}
}

// RunPreviews looks at the links of messages that were posted or edited until ctx ends. Several may run at once.
func (s *Service) RunPreviews(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case messageID := <-s.unseen:
			if err := s.preview(ctx, messageID); err != nil && ctx.Err() == nil && !fault.Is(err, fault.NotFound) {
				failed(err)
			}
		}
	}
}

// preview looks at the links of a message as it is now.
func (s *Service) preview(ctx context.Context, messageID string) error {
	m, err := s.store.Message(ctx, messageID)
	if err != nil || m.Deleted {
		return err
	}
	links := s.previewer.Links(m.HTML)
	var previews []Preview
	for _, link := range links[:min(len(links), MaxPreviews)] {
		if i := slices.IndexFunc(m.Previews, func(p Preview) bool { return p.URL == link }); i >= 0 {
			previews = append(previews, m.Previews[i])
			continue
		}
		if p, err := s.previewer.Fetch(ctx, link); err == nil {
			p.URL = link
			previews = append(previews, p)
		}
	}
	if slices.Equal(previews, m.Previews) {
		return nil
	}
	return s.setPreviews(ctx, m, previews)
}

// setPreviews stores the previews of a message and tells its readers.
func (s *Service) setPreviews(ctx context.Context, m Message, previews []Preview) error {
	ctx = context.WithoutCancel(ctx)
	m, err := s.store.SetPreviews(ctx, m.ID, m.Content, previews)
	if err != nil {
		return err
	}
	s.refresh(&m)
	author, err := s.user(ctx, m.UserID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	s.events.Publish(channelTopic(m.ChannelID), MessageUpdated{Message: m, Author: author, Pinner: s.pinner(ctx, m)})
	return nil
}

// RemovePreview takes a preview away from one of the actor's own messages for good. One that is gone already is no error.
func (s *Service) RemovePreview(ctx context.Context, actor accounts.User, messageID, address string) (Message, error) {
	if !id.Valid(messageID) {
		return Message{}, errMessage
	}
	m, _, err := s.visible(ctx, actor, messageID)
	if err == nil && !MayEdit(actor, m) {
		err = errMessage
	}
	if err != nil {
		return Message{}, err
	}
	previews := slices.Clone(m.Previews)
	i := slices.IndexFunc(previews, func(p Preview) bool { return p.URL == address && !p.Hidden })
	if i < 0 {
		return m, nil
	}
	previews[i] = Preview{URL: address, Hidden: true}
	return m, orMessage(s.setPreviews(ctx, m, previews))
}
