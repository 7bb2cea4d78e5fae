package main

import (
	"pegasus/chat"
	"pegasus/embed"
)

// embedder returns what asks the server of embeddings, nil where none is set.
func (s *settings) embedder() *chat.Embedder {
	if s.EmbeddingsURL == "" {
		return nil
	}
	return embed.Server{BaseURL: s.EmbeddingsURL, Key: s.EmbeddingsKey, Model: s.EmbeddingsModel}.Embedder()
}
