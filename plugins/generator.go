package plugins

import "context"

// Generator answers what people ask about a plugin.
type Generator interface {
	// Model names what answers, for people.
	Model() string
	// Generate answers r. While it works it hands what it has to say, piece by piece and in order; say does not block. It
	// ends within moments of ctx. The answer returned is whole also where an error comes with it: what was said and used so
	// far.
	Generate(ctx context.Context, r Request, say func(Piece)) (Answer, error)
}

// Request is what a Generator is asked.
type Request struct {
	Asker   Asker
	Plugin  string   // its name
	Files   []File   // as they stand
	Locked  []string // the paths of those that are to stay as they are
	History []Turn   // what was said before, the oldest first
	Ask     string
	Idea    Idea // what Ask is made of, where there is no plugin yet
	// Problems are what the compiler, or the one who applied the last changes, found wrong with this answer's round before;
	// empty in the first.
	Problems []Problem
	// Refused are the changes of the round before, where they could not be applied: Files is without them.
	Refused []Change
	Round   int // from 1 on
	// ConversationID is for back ends that keep conversations themselves.
	ConversationID string
}

// Asker is the person who asks, as Pegasus's API hands them to a back end.
type Asker struct {
	ID    string
	Email string
	Name  string
	Role  string
}

// Turn is one exchange of before.
type Turn struct {
	Ask    string
	Answer string
}

// Piece is a part of an answer on its way.
type Piece struct {
	Text string // markdown
	File string // a file that the answer has begun to write, "" for none
}

// Answer is what a Generator says.
type Answer struct {
	Text    string // markdown, without the changes themselves
	Changes []Change
	Model   string
	Usage   Usage
	// Build is what a back end that compiles by itself made of it, nil for others.
	Build *Build
	// Archive is the zip of a back end that packs by itself, nil for others.
	Archive []byte
}

// Change is what an answer does to one file: a whole new content, or edits of what stands.
type Change struct {
	Type    OperationType
	File    string
	Content string // of Create, and of Modify without Edits
	Edits   []Edit // of Modify, in their order
}

// Edit replaces a text that stands in a file exactly once.
type Edit struct {
	Old string
	New string
}

// Compiler makes the bundle of a project.
type Compiler interface {
	// Compile never fails for what is wrong with the files: that is in the Build. An error is of kind Unavailable or Limited.
	Compile(ctx context.Context, files []File) (Compiled, error)
}

// Compiled is a build with its artefacts, nil where it failed.
type Compiled struct {
	Build  Build
	Bundle []byte
	Map    []byte
}
