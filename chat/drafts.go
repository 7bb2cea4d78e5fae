package chat

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Limits of drafts.
const (
	MaxDraft  = 2 * accounts.MostMessage // characters: what is too long to be sent is kept all the same
	MaxDrafts = 200                      // of a person
)

// SavedDraft is what a person has begun to write in a channel, or in a thread of it.
type SavedDraft struct {
	UserID      string
	ChannelID   string
	RootID      string // the message whose thread it is for, "" for the channel itself
	Content     string
	Attachments []string  // ids of uploads
	UpdatedAt   time.Time // also its version: every change has a later one
}

// Empty reports whether there is nothing to keep.
func (d SavedDraft) Empty() bool {
	return strings.TrimSpace(d.Content) == "" && len(d.Attachments) == 0
}

// DraftStore keeps drafts: of a person, a channel and a thread there is one at most. Erasing a person deletes theirs.
type DraftStore interface {
	// SaveDraft stores a draft in the place of the one with the version base, the zero time for none. Where another one
	// stands there it is a Conflict with code DRAFT_CHANGED. It is one decision however many ask at once.
	SaveDraft(ctx context.Context, d SavedDraft, base time.Time) error
	// Draft returns a draft, or ErrDraftNotFound.
	Draft(ctx context.Context, userID, channelID, rootID string) (SavedDraft, error)
	// Drafts returns up to limit drafts of a person, the one that was changed last first.
	Drafts(ctx context.Context, userID string, limit int) ([]SavedDraft, error)
	// DeleteDraft deletes a draft. One that is gone is no error.
	DeleteDraft(ctx context.Context, userID, channelID, rootID string) error
}

var (
	ErrDraftNotFound = fault.New(fault.NotFound, "DRAFT_NOT_FOUND", "There is no draft here.")
	ErrDraftChanged  = fault.New(fault.Conflict, "DRAFT_CHANGED", "This draft was changed elsewhere meanwhile.")
	errManyDrafts    = fault.New(fault.Full, "TOO_MANY_DRAFTS", "There are 200 drafts. Send or delete some first.")
	errDraft         = fault.Field("content", "INVALID_CONTENT", "A draft must be valid text of at most 8000 characters.")
)

// SaveDraft keeps what the actor has begun to write in a channel that they are in, in the place of the draft with the version
// base, and returns it with its own version. One that says nothing is deleted, and the version returned is zero. Where the
// draft has another version by now it is a Conflict with code DRAFT_CHANGED, and Draft tells which.
func (s *Service) SaveDraft(ctx context.Context, actor accounts.User, d SavedDraft, base time.Time) (SavedDraft, error) {
	if _, _, err := s.member(ctx, actor, d.ChannelID); err != nil {
		return SavedDraft{}, err
	}
	if !utf8.ValidString(d.Content) || strings.ContainsRune(d.Content, 0) || utf8.RuneCountInString(d.Content) > MaxDraft {
		return SavedDraft{}, errDraft
	}
	if len(d.Attachments) > MaxAttachments || slices.ContainsFunc(d.Attachments, func(a string) bool { return !id.Valid(a) }) {
		return SavedDraft{}, errAttachment
	}
	d.UserID = actor.ID
	if d.Empty() {
		return s.dropDraft(ctx, d, base)
	}
	if base.IsZero() {
		if err := s.admitDraft(ctx, actor, d); err != nil {
			return SavedDraft{}, err
		}
	}
	d.UpdatedAt = s.now()
	if !d.UpdatedAt.After(base) {
		d.UpdatedAt = base.Add(time.Millisecond)
	}
	return d, s.store.SaveDraft(ctx, d, base)
}

// admitDraft reports why there can be no new draft.
func (s *Service) admitDraft(ctx context.Context, actor accounts.User, d SavedDraft) error {
	if d.RootID != "" {
		if _, err := s.parent(ctx, d.ChannelID, d.RootID); err != nil {
			return err
		}
	}
	drafts, err := s.store.Drafts(ctx, actor.ID, MaxDrafts)
	if err == nil && len(drafts) >= MaxDrafts {
		err = errManyDrafts
	}
	return err
}

func (s *Service) dropDraft(ctx context.Context, d SavedDraft, base time.Time) (SavedDraft, error) {
	stands, err := s.store.Draft(ctx, d.UserID, d.ChannelID, d.RootID)
	if fault.Is(err, fault.NotFound) {
		return SavedDraft{}, nil
	}
	if err == nil && !stands.UpdatedAt.Equal(base) {
		err = ErrDraftChanged
	}
	if err != nil {
		return SavedDraft{}, err
	}
	return SavedDraft{}, s.store.DeleteDraft(ctx, d.UserID, d.ChannelID, d.RootID)
}

// Draft returns what the actor has begun to write in a channel that they are in, an empty draft where there is none.
func (s *Service) Draft(ctx context.Context, actor accounts.User, channelID, rootID string) (SavedDraft, error) {
	_, place, err := s.member(ctx, actor, channelID)
	if err != nil {
		return SavedDraft{}, err
	}
	return s.DraftAt(ctx, place, rootID)
}

// DraftAt is Draft for who has just found their place in the channel.
func (s *Service) DraftAt(ctx context.Context, place Member, rootID string) (SavedDraft, error) {
	d, err := s.store.Draft(ctx, place.UserID, place.ChannelID, rootID)
	if fault.Is(err, fault.NotFound) {
		return SavedDraft{}, nil
	}
	return d, err
}

// Drafts returns the actor's drafts in channels that they are in, the one that was changed last first.
func (s *Service) Drafts(ctx context.Context, actor accounts.User) ([]SavedDraft, error) {
	drafts, err := s.store.Drafts(ctx, actor.ID, MaxDrafts)
	if err != nil || len(drafts) == 0 {
		return nil, err
	}
	places, err := s.store.Places(ctx, actor.ID)
	return slices.DeleteFunc(drafts, func(d SavedDraft) bool {
		return !slices.ContainsFunc(places, func(c Channel) bool { return c.ID == d.ChannelID })
	}), err
}

// DraftChannels names the channels for which the actor has drafts, with one read.
func (s *Service) DraftChannels(ctx context.Context, actor accounts.User) (map[string]bool, error) {
	drafts, err := s.store.Drafts(ctx, actor.ID, MaxDrafts)
	channels := make(map[string]bool, len(drafts))
	for _, d := range drafts {
		channels[d.ChannelID] = true
	}
	return channels, err
}

// DeleteDraft deletes a draft of the actor's, whatever its version.
func (s *Service) DeleteDraft(ctx context.Context, actor accounts.User, channelID, rootID string) error {
	return s.store.DeleteDraft(ctx, actor.ID, channelID, rootID)
}

// endDraft deletes the draft of what was said. That stands: where this fails the draft is left to its writer.
func (s *Service) endDraft(ctx context.Context, actor accounts.User, channelID, rootID string) {
	if _, err := s.store.Draft(ctx, actor.ID, channelID, rootID); err == nil {
		_ = s.store.DeleteDraft(ctx, actor.ID, channelID, rootID)
	}
}
