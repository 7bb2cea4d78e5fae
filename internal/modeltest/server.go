// Package modeltest is a server that speaks OpenAI's chat protocol, streamed, and says what a test tells it to.
package modeltest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Turn is one answer.
type Turn struct {
	Pieces []string // what is said, in order
	// Hold keeps the answer back after the first piece until it is closed, or the caller is gone. nil holds nothing back.
	Hold <-chan struct{}
	// Status and Error are the answer instead, where Status is set.
	Status int
	Error  string
	// Dies breaks the connection off after the pieces.
	Dies bool
	// Finish is why it ended, "stop" where it is empty.
	Finish string
	// Input and Output are the tokens told, none where both are 0.
	Input, Output int
}

// Request is what a model was asked.
type Request struct {
	Key      string // as sent in Authorization, with its scheme
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
}

// Last returns what was said last.
func (r Request) Last() string {
	if len(r.Messages) == 0 {
		return ""
	}
	return r.Messages[len(r.Messages)-1].Content
}

// Server answers each call with the next turn of its script.
type Server struct {
	*httptest.Server
	// Gone takes a token for each call whose caller went away before the end.
	Gone chan struct{}
	// Asked takes a token for each call as it comes.
	Asked chan struct{}

	mu       sync.Mutex
	turns    []Turn
	requests []Request
}

// Start returns a running server; its owner closes it. Its URL with /v1 behind it is what OPENAI_BASE_URL takes.
func Start(turns ...Turn) *Server {
	s := &Server{turns: turns, Gone: make(chan struct{}, 100), Asked: make(chan struct{}, 100)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Add appends turns to the script.
func (s *Server) Add(turns ...Turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns = append(s.turns, turns...)
}

// Requests returns what was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

func (s *Server) next(r Request) (Turn, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if len(s.turns) == 0 {
		return Turn{}, false
	}
	t := s.turns[0]
	s.turns = s.turns[1:]
	return t, true
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/chat/completions" || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	request := Request{Key: r.Header.Get("Authorization")}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	turn, more := s.next(request)
	s.Asked <- struct{}{}
	if !more {
		turn = Turn{Status: http.StatusInternalServerError, Error: "the script is over"}
	}
	if turn.Status != 0 {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(turn.Status)
		fmt.Fprintf(w, `{"error":{"message":%q,"type":"scripted","code":null}}`, turn.Error)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	s.tell(w, r, turn)
}

func (s *Server) tell(w http.ResponseWriter, r *http.Request, turn Turn) {
	flush := http.NewResponseController(w).Flush
	for i, piece := range turn.Pieces {
		send(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{"content": piece}}}})
		flush()
		if i > 0 || turn.Hold == nil {
			continue
		}
		select {
		case <-turn.Hold:
		case <-r.Context().Done():
			s.Gone <- struct{}{}
			return
		}
	}
	if turn.Dies {
		panic(http.ErrAbortHandler)
	}
	if turn.Finish == "" {
		turn.Finish = "stop"
	}
	send(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": turn.Finish}}})
	if turn.Input+turn.Output > 0 {
		send(w, map[string]any{"choices": []any{}, "usage": map[string]int{
			"prompt_tokens": turn.Input, "completion_tokens": turn.Output, "total_tokens": turn.Input + turn.Output,
		}})
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
	flush()
}

func send(w http.ResponseWriter, chunk map[string]any) {
	chunk["id"], chunk["object"], chunk["model"] = "scripted", "chat.completion.chunk", "scripted-1"
	text, err := json.Marshal(chunk)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	fmt.Fprintf(w, "data: %s\n\n", text)
}
