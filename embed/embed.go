// Package embed asks an OpenAI-compatible server what texts mean.
package embed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"pegasus/chat"
)

const (
	timeout   = time.Minute
	maxAnswer = 64 << 20 // bytes: 64 texts of 4,096 numbers each, with room
)

// Server is an OpenAI-compatible server of embeddings.
type Server struct {
	BaseURL string // with the version, such as http://localhost:11434/v1
	Key     string // "" for none
	Model   string
}

// Embedder returns what asks the server. It follows no redirect, so that the key goes nowhere else.
func (s Server) Embedder() *chat.Embedder {
	client := &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &chat.Embedder{Model: s.Model, Embed: func(ctx context.Context, texts []string) ([][]float32, error) { return s.embed(ctx, client, texts) }}
}

type answer struct {
	Data []struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	} `json:"data"`
}

func (s Server) embed(ctx context.Context, client *http.Client, texts []string) ([][]float32, error) {
	body, err := json.Marshal(map[string]any{"model": s.Model, "input": texts, "encoding_format": "float"})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(s.BaseURL, "/")+"/embeddings", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if s.Key != "" {
		r.Header.Set("Authorization", "Bearer "+s.Key)
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the server of embeddings: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return nil, fmt.Errorf("the server of embeddings answers %s: %w", response.Status, chat.ErrTextRefused)
	default:
		return nil, fmt.Errorf("the server of embeddings answers %s", response.Status)
	}
	return read(io.LimitReader(response.Body, maxAnswer), len(texts))
}

var errAnswer = errors.New("the server of embeddings answers with something else than a vector for each text")

// read returns the vectors in the order of the texts.
func read(body io.Reader, n int) ([][]float32, error) {
	var a answer
	if err := json.NewDecoder(body).Decode(&a); err != nil {
		return nil, errAnswer
	}
	vectors := make([][]float32, n)
	for _, d := range a.Data {
		if d.Index < 0 || d.Index >= n || vectors[d.Index] != nil || len(d.Embedding) == 0 || len(d.Embedding) > chat.MaxDimensions {
			return nil, errAnswer
		}
		vectors[d.Index] = d.Embedding
	}
	if len(a.Data) != n {
		return nil, errAnswer
	}
	return vectors, nil
}
