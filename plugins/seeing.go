package plugins

import (
	"context"
	"fmt"
	"slices"

	"pegasus/accounts"
	"pegasus/fault"
)

// SeeExchange notes that the actor has seen how an answer of theirs ended. Of one that is under way it notes nothing.
func (s *Service) SeeExchange(ctx context.Context, actor accounts.User, exchangeID string) error {
	e, err := s.exchange(ctx, actor, exchangeID)
	if err == nil {
		s.see(ctx, e.PluginID, e)
	}
	return err
}

// see notes that the asker has looked at exchanges about a plugin.
func (s *Service) see(ctx context.Context, pluginID string, found ...Exchange) {
	p, err := s.store.Plugin(ctx, pluginID)
	if err == nil && p.Unseen != "" && slices.ContainsFunc(found, func(e Exchange) bool { return e.ID == p.Unseen }) {
		err = s.store.SeeExchange(context.WithoutCancel(ctx), p.ID, p.Unseen)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		s.failed(ctx, "note that an answer was seen", err)
	}
}

// Unseen returns an answer that has ended and its plugin, and false where its asker has seen it, or asked for more since.
func (s *Service) Unseen(ctx context.Context, userID, exchangeID string) (p Plugin, e Exchange, unseen bool, err error) {
	if e, err = s.store.Exchange(ctx, exchangeID); err == nil {
		p, err = s.store.Plugin(ctx, e.PluginID)
	}
	if fault.Is(err, fault.NotFound) {
		return Plugin{}, Exchange{}, false, nil
	}
	return p, e, err == nil && p.Unseen == e.ID && e.UserID == userID, err
}

// Ending says in a sentence how an answer ended.
func (e Exchange) Ending() string {
	switch {
	case e.State == Stopped:
		return "It was stopped."
	case e.State == Broken:
		return "It came to nothing: " + e.Problem
	case e.Version == 0:
		return "The model has answered, and changed nothing."
	case e.Build != nil && e.Build.Success:
		return fmt.Sprintf("Version %d is built.", e.Version)
	case e.Build != nil:
		return fmt.Sprintf("Version %d does not compile yet.", e.Version)
	}
	return fmt.Sprintf("Version %d is there.", e.Version)
}
