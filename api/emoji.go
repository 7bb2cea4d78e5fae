package api

import (
	"bytes"
	"context"

	"pegasus/chat"
	"pegasus/files"
	"pegasus/web"
)

// maxEmojiBody has room for a picture in base64 and what stands around it.
const maxEmojiBody = files.MaxEmoji*4/3 + web.MaxBody

// customEmoji is one of the workspace's own emoji.
type customEmoji struct {
	ID        string  `json:"id"`
	Name      string  `json:"name" doc:"It is written :name: in messages, and as a reaction"`
	URL       string  `json:"url" doc:"The path of its picture"`
	StillURL  *string `json:"still_url" doc:"The path of a picture that does not move, null where the other one does not"`
	CreatedBy string  `json:"created_by" doc:"The id of who added it"`
	CreatedAt string  `json:"created_at" format:"date-time"`
}

func newCustomEmoji(e chat.CustomEmoji) customEmoji {
	out := customEmoji{ID: e.ID, Name: e.Name, URL: files.Path(e.Picture), CreatedBy: e.CreatedBy, CreatedAt: web.Time(e.CreatedAt)}
	if e.Still != "" {
		still := files.Path(e.Still)
		out.StillURL = &still
	}
	return out
}

type customEmojiList struct {
	Emoji []customEmoji `json:"emoji" nullable:"false" doc:"In the order of their names, at most 1,000"`
}

func (d *door) listEmoji(ctx context.Context, _ *none) (*reply[customEmojiList], error) {
	set, err := d.Chat.CustomEmoji(ctx)
	if err != nil {
		return nil, err
	}
	out := customEmojiList{Emoji: make([]customEmoji, len(set.All))}
	for i, e := range set.All {
		out.Emoji[i] = newCustomEmoji(e)
	}
	return ok(out)
}

type customEmojiReply struct {
	Emoji customEmoji `json:"emoji"`
}

type addEmojiRequest struct {
	Body struct {
		Name  string `json:"name" doc:"2 to 32 lower-case letters, digits, -, + and _, one letter at least; no name of a built-in emoji"`
		Image []byte `json:"image" doc:"A PNG, GIF, WebP or JPEG of at most 256 KB, in base64"`
	}
}

func (d *door) addEmoji(ctx context.Context, in *addEmojiRequest) (*reply[customEmojiReply], error) {
	e, err := d.Chat.AddEmoji(ctx, me(ctx), in.Body.Name, bytes.NewReader(in.Body.Image))
	return &reply[customEmojiReply]{Body: customEmojiReply{Emoji: newCustomEmoji(e)}}, err
}

// EmojiPath names one of the workspace's own emoji.
type EmojiPath struct {
	ID string `path:"id" doc:"The emoji's id"`
}

type renameEmojiRequest struct {
	EmojiPath
	Body struct {
		Name string `json:"name" doc:"As of a new one"`
	}
}

func (d *door) renameEmoji(ctx context.Context, in *renameEmojiRequest) (*reply[customEmojiReply], error) {
	e, err := d.Chat.RenameEmoji(ctx, me(ctx), known(in.ID), in.Body.Name)
	return &reply[customEmojiReply]{Body: customEmojiReply{Emoji: newCustomEmoji(e)}}, err
}

func (d *door) removeEmoji(ctx context.Context, in *EmojiPath) (*reply[notice], error) {
	_, err := d.Chat.RemoveEmoji(ctx, me(ctx), known(in.ID))
	return &reply[notice]{Body: notice{Message: "Emoji removed"}}, err
}

// emojiEvent tells that one came or went.
type emojiEvent struct {
	Name    string       `json:"name"`
	Removed bool         `json:"removed"`
	Emoji   *customEmoji `json:"emoji"`
}

func newEmojiEvent(p chat.EmojiChanged) emojiEvent {
	e := emojiEvent{Name: p.Emoji.Name, Removed: p.Removed}
	if !p.Removed {
		shown := newCustomEmoji(p.Emoji)
		e.Emoji = &shown
	}
	return e
}
