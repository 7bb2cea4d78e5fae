package chat

import (
	"context"

	"pegasus/accounts"
	"pegasus/fault"
)

// MaxMessage returns how many characters a message has at most, as admins decided.
func (s *Service) MaxMessage(ctx context.Context) (int, error) {
	p, err := s.policy(ctx)
	return p.MessageLimit(), err
}

// MayMake returns nil, or why somebody may not make channels of a type.
func (s *Service) MayMake(ctx context.Context, actor accounts.User, kind ChannelType) error {
	p, err := s.policy(ctx)
	if err != nil {
		return err
	}
	makers := p.PublicChannels
	if kind == Private {
		makers = p.PrivateChannels
	}
	switch {
	case makers.Has(actor):
		return nil
	case makers == accounts.ByModerators:
		return fault.New(fault.Forbidden, "CHANNELS_RESTRICTED", "Only moderators and admins make "+string(kind)+" channels here.")
	}
	return fault.New(fault.Forbidden, "CHANNELS_RESTRICTED", "Only admins make "+string(kind)+" channels here.")
}
