package chat

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/emoji"
	"pegasus/fault"
	"pegasus/id"
)

// Limits of a workspace's own emoji.
const (
	MaxCustomEmoji = 1000 // of a workspace
	MaxEmojiName   = 32   // characters
	emojiLife      = time.Minute
)

// CustomEmoji is one of the workspace's own.
type CustomEmoji struct {
	ID        string
	Name      string // lower-case letters, digits, _, - and +, one letter at least; unique
	Picture   string // the key of its picture
	Still     string // the key of one that does not move, "" where Picture does not
	CreatedBy string
	CreatedAt time.Time
}

// Text is how it is written in a message, and kept as a reaction.
func (e CustomEmoji) Text() string { return ":" + e.Name + ":" }

// EmojiChanged goes to everyone when one of the workspace's own emoji came or went.
type EmojiChanged struct {
	Emoji   CustomEmoji
	Removed bool
}

// EmojiStore keeps a workspace's own emoji.
type EmojiStore interface {
	// CustomEmoji returns all of them in the order of their names.
	CustomEmoji(ctx context.Context) ([]CustomEmoji, error)
	// AddCustomEmoji stores one. A name that another one has is ErrEmojiExists.
	AddCustomEmoji(ctx context.Context, e CustomEmoji) error
	// RenameCustomEmoji gives one another name. It is ErrEmojiNotFound or ErrEmojiExists where it cannot.
	RenameCustomEmoji(ctx context.Context, id, name string) error
	// DeleteCustomEmoji removes one, or is ErrEmojiNotFound.
	DeleteCustomEmoji(ctx context.Context, id string) error
}

// EmojiPictures keeps the pictures of emoji.
type EmojiPictures interface {
	// PutEmoji checks and stores a picture, and a second one that stands still where it moves.
	PutEmoji(ctx context.Context, picture io.Reader) (key, still string, err error)
	// Remove deletes a picture. One that is gone is no error.
	Remove(ctx context.Context, key string) error
}

// The faults of a workspace's own emoji.
var (
	ErrEmojiNotFound = fault.New(fault.NotFound, "EMOJI_NOT_FOUND", "There is no such emoji.")
	ErrEmojiExists   = &fault.Error{Kind: fault.Conflict, Code: "EMOJI_EXISTS", Field: "name", Message: "There is an emoji with this name already."}

	errEmojiName = fault.Field("name", "INVALID_EMOJI_NAME",
		"A name has 2 to 32 lower-case letters, digits, hyphens, pluses and underscores, one letter at least.")
	errEmojiTaken = fault.Field("name", "EMOJI_NAME_TAKEN", "A built-in emoji has this name.")
	errManyEmoji  = fault.New(fault.Full, "TOO_MANY_EMOJI", "The workspace has 1,000 emoji of its own. Remove some first.")
	errEmojiRight = fault.New(fault.Forbidden, "FORBIDDEN", "Only admins add emoji to this workspace.")
	errNotMine    = fault.New(fault.Forbidden, "FORBIDDEN", "Only admins and whoever added an emoji may change it.")
)

// EmojiSet is a workspace's own emoji as they were at a moment. It must not be changed.
type EmojiSet struct {
	All    []CustomEmoji // in the order of their names
	byName map[string]CustomEmoji
}

// Named returns the one with a name, in lower case.
func (s *EmojiSet) Named(name string) (CustomEmoji, bool) {
	e, found := s.byName[name]
	return e, found
}

// KeptEmoji returns the workspace's own emoji as they were read last, without a look at the store.
func (s *Service) KeptEmoji() *EmojiSet {
	if kept := s.customs.Last(); kept != nil {
		return kept
	}
	return &EmojiSet{}
}

// CustomEmoji returns the workspace's own emoji. They are kept in memory and read from the store at least once a minute.
func (s *Service) CustomEmoji(ctx context.Context) (*EmojiSet, error) {
	set, err := s.customs.Get(ctx, s.readEmoji)
	if err != nil {
		return s.KeptEmoji(), err
	}
	return set, nil
}

// readEmoji reads them from the store.
func (s *Service) readEmoji(ctx context.Context) (*EmojiSet, error) {
	all, err := s.store.CustomEmoji(ctx)
	if err != nil {
		return nil, err
	}
	set := &EmojiSet{All: all, byName: make(map[string]CustomEmoji, len(all))}
	for _, e := range all {
		set.byName[e.Name] = e
	}
	return set, nil
}

// MayAddEmoji returns nil where a person may add emoji: an admin, and everyone else unless admins have kept it to themselves.
func (s *Service) MayAddEmoji(ctx context.Context, actor accounts.User) error {
	if actor.IsAdmin() {
		return nil
	}
	p, err := s.policy(ctx)
	if err == nil && p.EmojiByAdmins {
		err = errEmojiRight
	}
	return err
}

// MayChangeEmoji reports whether a person may rename and remove one: an admin, and whoever added it.
func MayChangeEmoji(actor accounts.User, e CustomEmoji) bool {
	return actor.IsAdmin() || e.CreatedBy == actor.ID
}

// AddEmoji adds an emoji to the workspace, with a picture as EmojiPictures takes it.
func (s *Service) AddEmoji(ctx context.Context, actor accounts.User, name string, picture io.Reader) (CustomEmoji, error) {
	if err := s.MayAddEmoji(ctx, actor); err != nil {
		return CustomEmoji{}, err
	}
	name, err := checkEmojiName(name)
	if err != nil {
		return CustomEmoji{}, err
	}
	all, err := s.store.CustomEmoji(ctx)
	switch {
	case err != nil:
		return CustomEmoji{}, err
	case slices.ContainsFunc(all, func(e CustomEmoji) bool { return e.Name == name }):
		return CustomEmoji{}, ErrEmojiExists
	case len(all) >= MaxCustomEmoji:
		return CustomEmoji{}, errManyEmoji
	}
	now := s.now()
	e := CustomEmoji{ID: id.New(now), Name: name, CreatedBy: actor.ID, CreatedAt: now}
	if e.Picture, e.Still, err = s.pictures.PutEmoji(ctx, picture); err != nil {
		return CustomEmoji{}, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.customs.Change(ctx, s.readEmoji, func() error { return s.store.AddCustomEmoji(ctx, e) }); err != nil {
		s.dropPictures(ctx, e)
		return CustomEmoji{}, err
	}
	s.events.Publish(workspaceTopic, EmojiChanged{Emoji: e})
	s.recordEmoji(ctx, accounts.ActionEmojiAdded, actor, e, nil)
	return e, nil
}

// RenameEmoji gives an emoji that the actor may change another name. What was written with the old one shows the name.
func (s *Service) RenameEmoji(ctx context.Context, actor accounts.User, emojiID, name string) (CustomEmoji, error) {
	e, err := s.changeableEmoji(ctx, actor, emojiID)
	if err != nil {
		return CustomEmoji{}, err
	}
	former := e
	if e.Name, err = checkEmojiName(name); err != nil || e.Name == former.Name {
		return e, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.customs.Change(ctx, s.readEmoji, func() error { return s.store.RenameCustomEmoji(ctx, e.ID, e.Name) }); err != nil {
		return CustomEmoji{}, err
	}
	s.events.Publish(workspaceTopic, EmojiChanged{Emoji: former, Removed: true})
	s.events.Publish(workspaceTopic, EmojiChanged{Emoji: e})
	s.recordEmoji(ctx, accounts.ActionEmojiRenamed, actor, e, map[string]string{"from": former.Name})
	return e, nil
}

// RemoveEmoji removes an emoji that the actor may change. What was written with it shows its name.
func (s *Service) RemoveEmoji(ctx context.Context, actor accounts.User, emojiID string) (CustomEmoji, error) {
	e, err := s.changeableEmoji(ctx, actor, emojiID)
	if err != nil {
		return CustomEmoji{}, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.customs.Change(ctx, s.readEmoji, func() error { return s.store.DeleteCustomEmoji(ctx, e.ID) }); err != nil {
		return CustomEmoji{}, err
	}
	s.dropPictures(ctx, e)
	s.events.Publish(workspaceTopic, EmojiChanged{Emoji: e, Removed: true})
	s.recordEmoji(ctx, accounts.ActionEmojiRemoved, actor, e, nil)
	return e, nil
}

func (s *Service) changeableEmoji(ctx context.Context, actor accounts.User, emojiID string) (CustomEmoji, error) {
	all, err := s.store.CustomEmoji(ctx)
	if err != nil {
		return CustomEmoji{}, err
	}
	at := slices.IndexFunc(all, func(e CustomEmoji) bool { return e.ID == emojiID })
	if at < 0 {
		return CustomEmoji{}, ErrEmojiNotFound
	}
	if !MayChangeEmoji(actor, all[at]) {
		return CustomEmoji{}, errNotMine
	}
	return all[at], nil
}

// dropPictures removes what an emoji looked like. A file too many harms nobody.
func (s *Service) dropPictures(ctx context.Context, e CustomEmoji) {
	for _, key := range []string{e.Picture, e.Still} {
		if key != "" {
			_ = s.pictures.Remove(ctx, key)
		}
	}
}

func (s *Service) recordEmoji(ctx context.Context, action accounts.Action, actor accounts.User, e CustomEmoji, details map[string]string) {
	if details == nil {
		details = map[string]string{}
	}
	details["name"] = e.Name
	s.record(ctx, accounts.Event{Action: action, ActorID: actor.ID, UserID: cmp.Or(e.CreatedBy, actor.ID), Details: details})
}

// checkEmojiName takes a name with or without its colons.
func checkEmojiName(name string) (string, error) {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), ":"))
	switch {
	case len(name) < 2 || !isEmojiName(name):
		return "", errEmojiName
	case emoji.Taken(name):
		return "", errEmojiTaken
	}
	return name, nil
}

func isEmojiName(name string) bool {
	letters := strings.ContainsFunc(name, func(r rune) bool { return 'a' <= r && r <= 'z' })
	return letters && len(name) <= MaxEmojiName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_+-") == ""
}

// customName returns the name of what has the form of one of a workspace's own emoji, "" for anything else.
func customName(text string) string {
	name, opens := strings.CutPrefix(text, ":")
	name, closes := strings.CutSuffix(name, ":")
	if name = strings.ToLower(name); !opens || !closes || !isEmojiName(name) {
		return ""
	}
	return name
}

// reactionOf returns the form in which a reaction is kept: an emoji, or one of the workspace's own in colons. With former, one
// that is gone counts too.
func (s *Service) reactionOf(ctx context.Context, text string, former bool) (string, error) {
	if one, ok := CanonicalEmoji(text); ok {
		return one, nil
	}
	name := customName(text)
	if name == "" || emoji.Taken(name) {
		return "", errEmoji
	}
	if former {
		return ":" + name + ":", nil
	}
	set, err := s.CustomEmoji(ctx)
	if err != nil {
		return "", err
	}
	e, found := set.Named(name)
	if !found {
		return "", errEmoji
	}
	return e.Text(), nil
}

// ReactionFromElsewhere returns the form in which a reaction of another system is kept: an emoji, or the name in colons of one that
// would be the workspace's own. Whether there is one of that name is decided where it is shown.
func ReactionFromElsewhere(text string) (string, bool) {
	if one, ok := CanonicalEmoji(text); ok {
		return one, true
	}
	name := customName(text)
	return ":" + name + ":", name != "" && !emoji.Taken(name)
}
