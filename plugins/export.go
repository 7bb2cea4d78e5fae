package plugins

import (
	"context"

	"pegasus/accounts"
)

const exportPage = 100

// EachOwnProject calls visit with every plugin of the actor's and the files of its newest version, by path.
func (s *Service) EachOwnProject(ctx context.Context, actor accounts.User, visit func(Plugin, []File) error) error {
	own, err := s.Plugins(ctx, actor)
	if err != nil {
		return err
	}
	for _, p := range own {
		files, err := s.Files(ctx, actor, p.ID, 0)
		if err != nil {
			return err
		}
		if err := visit(p, files); err != nil {
			return err
		}
	}
	return nil
}

// EachOwnExchange calls visit with everything that the actor asked of a model about a plugin of theirs and what came back,
// conversation by conversation, the newest first. It reads them page by page.
func (s *Service) EachOwnExchange(ctx context.Context, actor accounts.User, visit func(Plugin, Exchange) error) error {
	own, err := s.Plugins(ctx, actor)
	if err != nil {
		return err
	}
	for _, p := range own {
		talks, err := s.Conversations(ctx, actor, p.ID)
		if err != nil {
			return err
		}
		for _, c := range talks {
			if err := s.eachExchange(ctx, actor, c.ID, func(e Exchange) error { return visit(p, e) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) eachExchange(ctx context.Context, actor accounts.User, conversationID string, visit func(Exchange) error) error {
	before := ""
	for {
		page, err := s.Exchanges(ctx, actor, conversationID, before, exportPage)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := visit(e); err != nil {
				return err
			}
		}
		if len(page) < exportPage {
			return nil
		}
		before = page[len(page)-1].ID
	}
}
