package chat

import (
	"context"

	"pegasus/accounts"
)

// FileList is a part of the messages of a channel that have files, newest first.
type FileList struct {
	Channel  Channel
	Messages []Message
	Next     string // the cursor of the next part, "" at the end
}

// Files returns up to limit messages with files of a channel that the actor is in, after a cursor, "" for the newest. What
// has files is one of the terms under which messages are indexed, so that nothing else is looked at.
func (s *Service) Files(ctx context.Context, actor accounts.User, channelID, cursor string, limit int) (FileList, error) {
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return FileList{}, err
	}
	limit = min(max(limit, 1), MaxPage)
	hits, err := s.store.SearchMessages(ctx, Search{
		Channels: []string{c.ID}, Clauses: []Clause{{Any: [][]string{{aboutMark + string(hasFile)}}}}, Before: cursor, Limit: limit + 1,
	})
	if err != nil {
		return FileList{}, err
	}
	list := FileList{Channel: c}
	if len(hits) > limit {
		hits, list.Next = hits[:limit], hits[limit-1].Position
	}
	for _, hit := range hits {
		list.Messages = append(list.Messages, hit.Message)
	}
	return list, nil
}
