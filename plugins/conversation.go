package plugins

import "time"

// Limits of conversations.
const (
	MaxAsk           = 8000 // characters
	MaxTitle         = 80   // characters
	MaxConversations = 100  // of a plugin
	MaxRounds        = 3    // in which a model may mend what does not compile
)

// Conversation is what one person and a model have said about a plugin. No other person sees it.
type Conversation struct {
	ID        string
	PluginID  string
	UserID    string
	Title     string
	CreatedAt time.Time
	UpdatedAt time.Time
	Count     int // of exchanges
}

// ExchangeState says how an answer stands.
type ExchangeState string

// The states of an exchange.
const (
	Answering ExchangeState = "answering"
	Answered  ExchangeState = "answered"
	Stopped   ExchangeState = "stopped" // by the person who asked
	Broken    ExchangeState = "broken"  // the model or the server failed; Problem says how
)

// OperationType is what happens to a file, in the words of Pegasus's API.
type OperationType string

// The operations on files.
const (
	Create OperationType = "create"
	Modify OperationType = "modify"
	Delete OperationType = "delete"
)

// Operation is a change of one file by an answer.
type Operation struct {
	Type    OperationType `json:"type"`
	File    string        `json:"file"`
	Content string        `json:"content"` // all of the file after it, "" for Delete
}

// Exchange is one question and its answer.
type Exchange struct {
	ID             string
	ConversationID string
	PluginID       string
	UserID         string
	Ask            string
	Answer         string // markdown, "" before it begins
	State          ExchangeState
	Problem        string // for the person, where it broke
	Operations     []Operation
	Build          *Build // of the version made, nil where none was
	Base           int    // the version that it began from
	Version        int    // the version made, 0 where it changed nothing
	Rounds         int    // how often the model was asked
	Usage          Usage
	Model          string
	CreatedAt      time.Time
	DoneAt         time.Time
}

// Usage is what models were used for. Cost is in millionths of the currency that the rates are configured in.
type Usage struct {
	Calls  int64 `json:"calls"`
	Input  int64 `json:"input"`  // tokens
	Output int64 `json:"output"` // tokens
	Cost   int64 `json:"cost"`
	Took   int64 `json:"took"` // milliseconds
	// Estimated says that the model's server told no numbers, so that some of the tokens are reckoned from lengths.
	Estimated bool `json:"estimated,omitempty"`
}

// Add returns the sum of two.
func (u Usage) Add(o Usage) Usage {
	return Usage{Calls: u.Calls + o.Calls, Input: u.Input + o.Input, Output: u.Output + o.Output, Cost: u.Cost + o.Cost, Took: u.Took + o.Took, Estimated: u.Estimated || o.Estimated}
}
