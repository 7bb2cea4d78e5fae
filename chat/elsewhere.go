package chat

// Heard brings what is kept in memory in line with an event of another server. It does not block.
func (s *Service) Heard(payload any) {
	switch p := payload.(type) {
	case TypingChanged:
		s.typing.heard(p, s.now())
	}
}
