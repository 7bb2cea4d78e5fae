package chat

import "strings"

// Guise is a name and a picture under which one message of a bot is shown, beside the badge that says it is a bot's. The zero
// Guise shows the bot as it is.
type Guise struct {
	Name  string // at most accounts.MaxName characters
	Emoji string // in place of a picture
	Icon  string // the path of a picture of this server, where there is no emoji
}

// ByHook is how a webhook posts.
type ByHook struct {
	Guise Guise
	// Crowds lets it call everyone in the channel at once, where the channel's rules let its bot.
	Crowds bool
	// Guest lets it post where its bot is no member. Who sets it answers for who asked, and for what they may.
	Guest bool
}

// within returns a channel with the rules that hold for the webhook there.
func (h ByHook) within(c Channel) Channel {
	if !h.Crowds {
		c.Rules.Crowds = Admins // which no bot is
	}
	return c
}

// EmojiOf returns the emoji that a text such as ":tada:" or "🎉" names.
func EmojiOf(text string, named func(name string) (string, bool)) (string, bool) {
	text = strings.TrimSpace(text)
	if name := strings.Trim(text, ":"); len(name) == len(text)-2 && name != "" {
		return named(name)
	}
	return CanonicalEmoji(text)
}
