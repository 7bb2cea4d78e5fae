package plugins

import (
	"context"
	"sync/atomic"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins/sandbox"
	"pegasus/queue"
	"pegasus/rates"
)

// Runtime runs the code of plugins where it can harm nobody: sandbox.Pool.
type Runtime interface {
	Run(ctx context.Context, p sandbox.Program, v sandbox.Invocation, h sandbox.Host) (sandbox.Outcome, error)
}

// Bots makes the accounts that plugins speak as: accounts.Service.
type Bots interface {
	CreateBot(ctx context.Context, owner accounts.User, d accounts.BotDraft) (accounts.User, error)
	DeactivateBot(ctx context.Context, by accounts.User, botID string) error
}

// Running are the parts that plugins need to work in channels.
type Running struct {
	Chat    *chat.Service
	Runtime Runtime
	Bots    Bots
	Jobs    queue.Store
	// SealKey is for the secrets among settings: 32 bytes.
	SealKey []byte
	// Fetch asks another server without reaching what only this machine can, and follows no redirects. What it refuses and
	// what does not answer look alike.
	Fetch func(ctx context.Context, r sandbox.Request) (sandbox.Response, error)
	// Render turns what a plugin says into safe HTML, where it is tried out.
	Render func(source string) string
	// UserNamed returns a person by their username.
	UserNamed func(ctx context.Context, username string) (accounts.User, error)
	// URL is where people reach the server, without a slash behind it.
	URL string
	// Approval keeps an install waiting until a second person has approved it.
	Approval bool
	// Unlimited lifts the limits by rate.
	Unlimited bool
}

// running is the part of a Service that has plugins work in channels.
type running struct {
	chat      *chat.Service
	runtime   Runtime
	bots      Bots
	jobs      queue.Store
	sealKey   []byte
	fetch     func(context.Context, sandbox.Request) (sandbox.Response, error)
	render    func(string) string
	userNamed func(context.Context, string) (accounts.User, error)
	url       string
	approval  bool

	heard     chan chat.Posted // messages that wait for plugins
	heardLost atomic.Int64
	deaf      deaf
	rates     limits
	bundles   bundles
	tries     tries
}

func newRunning(r Running, now func() time.Time) *running {
	return &running{
		chat: r.Chat, runtime: r.Runtime, bots: r.Bots, jobs: r.Jobs, sealKey: r.SealKey, fetch: r.Fetch, render: r.Render,
		userNamed: r.UserNamed, url: r.URL, approval: r.Approval,
		heard: make(chan chat.Posted, maxHeard), deaf: deaf{until: map[string]time.Time{}},
		rates:   limits{rates.New(now, r.Unlimited)},
		bundles: bundles{kept: map[string]sandbox.Program{}}, tries: tries{sessions: map[string]*session{}},
	}
}
