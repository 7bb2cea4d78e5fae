package api

import (
	"context"

	"pegasus/chat"
	"pegasus/web"
)

// reaction is an emoji under a message.
type reaction struct {
	Emoji string   `json:"emoji"`
	Count int      `json:"count"`
	Users []string `json:"users" nullable:"false" doc:"The ids of those who chose it, in the order in which they did"`
}

func newReactions(all []chat.Reaction) []reaction {
	out := make([]reaction, len(all))
	for i, r := range all {
		out[i] = reaction{Emoji: r.Emoji, Count: len(r.Users), Users: r.Users}
	}
	return out
}

// ReactionPath names the reactions to a message.
type ReactionPath struct {
	ChannelID string `path:"id" doc:"The channel's id"`
	MessageID string `path:"messageId" doc:"The message's id"`
}

type chosenEmoji struct {
	Emoji string `json:"emoji" doc:"One emoji of at most 10 characters, or one of the workspace's own as :name:"`
}

type addReactionRequest struct {
	ReactionPath
	Body chosenEmoji
}

type madeReaction struct {
	MessageID string `json:"messageId"`
	UserID    string `json:"userId"`
	Emoji     string `json:"emoji" doc:"In the form in which it is kept"`
}

type addReactionReply struct {
	Success   bool         `json:"success"`
	Reaction  madeReaction `json:"reaction"`
	Reactions []reaction   `json:"reactions" nullable:"false" doc:"All of the message, in the order of first use"`
}

func (d *door) addReaction(ctx context.Context, in *addReactionRequest) (*reply[addReactionReply], error) {
	emoji, all, err := d.Chat.React(ctx, me(ctx), known(in.ChannelID), in.MessageID, in.Body.Emoji)
	return &reply[addReactionReply]{Body: addReactionReply{
		Success: true, Reaction: madeReaction{MessageID: in.MessageID, UserID: me(ctx).ID, Emoji: emoji}, Reactions: newReactions(all),
	}}, err
}

type removeReactionsRequest struct {
	ReactionPath
	Emoji string `query:"emoji" doc:"Which of one's reactions; all of them where neither this nor the body names one"`
	Body  *struct {
		Emoji string `json:"emoji,omitempty" nullable:"true" doc:"As the parameter, which comes first"`
	}
}

type removeReactionsReply struct {
	Success   bool       `json:"success"`
	Reactions []reaction `json:"reactions" nullable:"false" doc:"What is left, in the order of first use"`
}

func (d *door) removeReactions(ctx context.Context, in *removeReactionsRequest) (*reply[removeReactionsReply], error) {
	emoji := in.Emoji
	if emoji == "" && in.Body != nil {
		emoji = in.Body.Emoji
	}
	all, err := d.Chat.Unreact(ctx, me(ctx), known(in.ChannelID), in.MessageID, emoji)
	return &reply[removeReactionsReply]{Body: removeReactionsReply{Success: true, Reactions: newReactions(all)}}, err
}

// reactionEvent tells of one person's choice.
type reactionEvent struct {
	MessageID string     `json:"messageId"`
	ChannelID string     `json:"channelId"`
	Seq       int64      `json:"seq"`
	UserID    string     `json:"userId"`
	Emoji     string     `json:"emoji"`
	Reactions []reaction `json:"reactions"`
}

func newReactionEvent(c chat.ReactionChange) reactionEvent {
	return reactionEvent{
		MessageID: c.MessageID, ChannelID: c.ChannelID, Seq: c.Seq, UserID: c.UserID, Emoji: c.Emoji, Reactions: newReactions(c.Reactions),
	}
}

type versionList struct {
	Versions []version `json:"versions" nullable:"false" doc:"The oldest first, the text that stands last"`
}

type version struct {
	Content   string `json:"content"`
	CreatedAt string `json:"created_at" format:"date-time" doc:"When it was posted, or became the text by an edit"`
}

func (d *door) listVersions(ctx context.Context, in *MessagePath) (*reply[versionList], error) {
	found, err := d.Chat.Versions(ctx, me(ctx), in.ID)
	out := make([]version, len(found))
	for i, v := range found {
		out[i] = version{Content: v.Content, CreatedAt: web.Time(v.WrittenAt)}
	}
	return &reply[versionList]{Body: versionList{Versions: out}}, err
}
