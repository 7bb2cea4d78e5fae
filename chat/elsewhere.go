package chat

import "context"

// Forget has what is kept in memory of the store read again: another server may have changed it.
func (s *Service) Forget() {
	s.banner.Forget()
	s.retention.Forget()
	s.customs.Forget()
}

// Heard brings what is kept in memory in line with an event of another server, before anybody here gets it. It does not block.
func (s *Service) Heard(payload any) {
	switch p := payload.(type) {
	case TypingChanged:
		s.typing.heard(p, s.now())
	case BannerChanged:
		s.banner.Forget()
	case EmojiChanged:
		s.customs.Forget()
		// Streams show what is kept without a look at the store. Where this fails they are read within emojiLife.
		go func() { _, _ = s.CustomEmoji(context.Background()) }()
	}
}
