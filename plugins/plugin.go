// Package plugins holds the workbench: projects that people build by talking to a model, their versions, what was said about
// them, the channels they are installed in, and what they may do there. It knows no technology: models, the compiler and the
// sandbox are its Generator, Compiler and Runtime.
package plugins

import (
	"time"

	"pegasus/plugins/manifest"
)

// Status says how the newest version of a plugin stands with the compiler. The words are those of Pegasus's API.
type Status string

// The states of a plugin.
const (
	Pending   Status = "pending" // nothing to compile yet, or not begun
	Compiling Status = "compiling"
	Success   Status = "success"
	Failed    Status = "failed"
)

// Limits of a plugin.
const (
	MaxName     = 64        // characters
	MaxData     = 16 << 10  // bytes of Data
	MaxPlugins  = 200       // of a person
	MaxVersions = 1000      // of a plugin
	MaxFiles    = 200       // of a version
	MaxSource   = 1_000_000 // bytes of all files of a version
	MaxPath     = 200       // bytes
)

// Plugin is a project. It belongs to one person; its name is theirs to choose, and unique among their own.
type Plugin struct {
	ID      string
	OwnerID string
	Name    string
	NameKey string // the folded name, by which it is found and by which names clash
	Data    string // a JSON object of the maker's own, "{}" where there is none
	Status  Status
	Head    int // the number of the newest version, 0 where there is none
	Built   int // the number of the newest version that compiled, 0 where there is none
	// Shared lets everyone in the workspace look at it, try it, copy it and install it.
	Shared bool
	// Locked are the paths of files that no answer changes, one a line, by name.
	Locked string
	BotID  string // the account that it speaks as, "" before the first install
	// Asking is the exchange that a model is answering now, "" for none. At most one is.
	Asking      string
	AskingUntil time.Time // when Asking ends by itself, so that a crash does not lock a plugin
	// Unseen is the exchange that ended last, where its asker neither stopped it nor has seen its end yet, "" for none.
	Unseen    string
	Downloads int64
	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int // counts the changes of what SavePlugin stores
}

// File is one file of a project.
type File struct {
	Path    string // relative, with slashes, clean
	Content string // UTF-8
}

// Entry names a file of a version and what it holds.
type Entry struct {
	Path string `json:"path"`
	Hash string `json:"hash"` // of the blob: SHA-256 in hex
	Size int    `json:"size"` // bytes
}

// Origin says how a version came to be.
type Origin string

// The origins of a version.
const (
	ByModel    Origin = "model"
	ByEditor   Origin = "editor"
	ByTemplate Origin = "template"
	ByRollback Origin = "rollback"
	ByCopy     Origin = "copy"
	ByUpload   Origin = "upload" // through the API
)

// Version is a state of all files of a plugin. It does not change but for its Build.
type Version struct {
	PluginID  string
	Number    int // from 1 on, without holes
	AuthorID  string
	Origin    Origin
	Note      string // one line: what was asked for or done
	Exchange  string // the exchange that it came from, "" for none
	Entries   []Entry
	Build     *Build // nil while it is not compiled
	CreatedAt time.Time
}

// Blob is the content of a file or of a bundle, kept once for a plugin.
type Blob struct {
	Hash    string
	Content []byte
}

// Problem is what is wrong with a project, at a place where there is one.
type Problem = manifest.Problem

// Build is what became of compiling a version.
type Build struct {
	Success  bool      `json:"success"`
	Output   string    `json:"output"`
	Problems []Problem `json:"problems,omitempty"`
	Bundle   string    `json:"bundle,omitempty"`   // hash of the blob, "" unless it succeeded
	Map      string    `json:"map,omitempty"`      // hash of the bundle's source map
	Manifest string    `json:"manifest,omitempty"` // JSON, as it was checked
	Archive  string    `json:"archive,omitempty"`  // hash of the zip of a back end that packs by itself
	Took     int64     `json:"took"`               // milliseconds
}
