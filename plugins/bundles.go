package plugins

import (
	"context"
	"fmt"
	"sync"

	"pegasus/plugins/sandbox"
)

// maxBundles is how many bundles are kept at hand. They do not change: their hash is their name.
const maxBundles = 32

type bundles struct {
	mu   sync.Mutex
	kept map[string]sandbox.Program
}

// program returns the bundle of a plugin's version.
func (s *Service) program(ctx context.Context, pluginID, hash string) (sandbox.Program, error) {
	key := pluginID + " " + hash
	s.bundles.mu.Lock()
	p, known := s.bundles.kept[key]
	s.bundles.mu.Unlock()
	if known {
		return p, nil
	}
	blobs, err := s.store.Blobs(ctx, pluginID, []string{hash})
	if err != nil {
		return p, err
	}
	if len(blobs) == 0 {
		return p, fmt.Errorf("plugin %s: the bundle %s is missing", pluginID, hash)
	}
	p.Bundle = blobs[0].Content
	s.bundles.mu.Lock()
	defer s.bundles.mu.Unlock()
	for other := range s.bundles.kept {
		if len(s.bundles.kept) < maxBundles {
			break
		}
		delete(s.bundles.kept, other)
	}
	s.bundles.kept[key] = p
	return p, nil
}
