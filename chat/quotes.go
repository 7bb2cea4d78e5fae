package chat

import (
	"context"

	"pegasus/accounts"
	"pegasus/id"
)

// MaxQuoted is how many messages can be quoted at once; of more the first count.
const MaxQuoted = 300

// Quoted returns those messages of the ids that the actor may see now, by id: what is deleted, unknown or in a channel that
// they are not in is left out. What others were shown of a message says nothing of what the actor may see, so it is asked for
// at each reading.
func (s *Service) Quoted(ctx context.Context, actor accounts.User, ids []string) (map[string]Message, error) {
	var known []string
	for _, messageID := range ids[:min(len(ids), MaxQuoted)] {
		if id.Valid(messageID) {
			known = append(known, messageID)
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	found, err := s.store.VisibleMessages(ctx, actor.ID, known)
	if err != nil {
		return nil, err
	}
	quoted := make(map[string]Message, len(found))
	for _, m := range found {
		s.refresh(&m)
		quoted[m.ID] = m
	}
	return quoted, nil
}
