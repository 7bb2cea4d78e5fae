package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"pegasus/accounts"
	"pegasus/guard"
	"pegasus/notify"
	"pegasus/plugins"
	"pegasus/plugins/builtin"
	"pegasus/plugins/compile"
	"pegasus/plugins/fetch"
	"pegasus/plugins/kit"
	"pegasus/plugins/manifest"
	"pegasus/plugins/openai"
	"pegasus/plugins/remote"
	"pegasus/plugins/sandbox"
	"pegasus/views"
)

// workshop is where plugins are compiled and run. Its processes start with the first plugin that needs one.
type workshop struct {
	pool     *sandbox.Pool
	compiler *compile.Compiler
}

func newWorkshop(log *slog.Logger) *workshop {
	pool := sandbox.New(sandbox.Options{Logger: log})
	return &workshop{pool: pool, compiler: compile.New(compile.Options{Probe: pool.Probe, Logger: log})}
}

// Compile implements plugins.Compiler.
func (w *workshop) Compile(ctx context.Context, files []plugins.File) (plugins.Compiled, error) {
	project := make([]compile.File, len(files))
	for i, f := range files {
		project[i] = compile.File{Path: f.Path, Content: f.Content}
	}
	made, err := w.compiler.Build(ctx, project)
	if err != nil {
		return plugins.Compiled{}, err
	}
	c := plugins.Compiled{Bundle: made.Bundle, Map: made.Map}
	c.Build = plugins.Build{Success: made.Success, Output: made.Output, Took: made.Took.Milliseconds()}
	c.Build.Problems = append(c.Build.Problems, made.Errors...)
	if made.Success {
		text, err := json.Marshal(made.Manifest)
		if err != nil {
			return plugins.Compiled{}, err
		}
		c.Build.Manifest = string(text)
	}
	return c, nil
}

func (w *workshop) close() {
	w.compiler.Close()
	w.pool.Close()
}

func (a *app) openPlugins(sealKey []byte, render func(string) string) {
	templates := templates()
	o := plugins.Options{
		Store: a.store, Generator: a.failingAtTimes(a.generator(templates)), Compiler: a.workshop, Events: a.events, Now: now,
		User: a.store.User, Users: a.store.Users, Failed: a.noteFailure, Templates: templates, Budget: a.settings.budget(),
		Record: func(ctx context.Context, e accounts.Event) { a.accounts.Record(ctx, e) },
		Ended:  func(ctx context.Context, e plugins.Exchange) { a.notify.AnswerOver(ctx, e.UserID, e.ID) },
		Running: plugins.Running{
			Chat: a.chat, Runtime: a.workshop.pool, Bots: a.accounts, Jobs: a.store, SealKey: sealKey,
			Fetch: fetch.New(guard.NewClient(guard.Options{})), Render: render, UserNamed: a.store.UserByUsername,
			URL: a.url(), Approval: a.settings.PluginApproval == "on", Unlimited: a.settings.RateLimits == "off",
		},
	}
	if a.bridge != nil {
		o.Elsewhere = &plugins.Elsewhere{
			Stop: func(exchangeID string) { a.bridge.Tell(tellStop, exchangeID) },
			Tell: func(exchangeID string, e plugins.Event) { a.tellOthers(tellStep, step{exchangeID, e}) },
		}
	}
	a.plugins = plugins.NewService(o)
}

// unseenAnswer is what who asked for an answer is told of it, and false where they have seen it.
func (a *app) unseenAnswer(ctx context.Context, asker accounts.User, exchangeID string) (notify.Answer, bool, error) {
	p, e, unseen, err := a.plugins.Unseen(ctx, asker.ID, exchangeID)
	return notify.Answer{PluginID: p.ID, Title: p.Name, Body: e.Ending(), URL: views.AnswerPath(p.Name, e)}, unseen, err
}

// leave takes a person who is going for good, and what they made, out of the workspace.
func (a *app) leave(ctx context.Context, userID string) error {
	if err := a.plugins.LeaveAll(ctx, userID); err != nil {
		return err
	}
	return a.chat.LeaveAll(ctx, userID)
}

// budget bounds what models are used for. Without a price there is no currency to show.
func (s *settings) budget() plugins.Budget {
	b := plugins.Budget{Person: s.PersonTokens, All: s.WorkspaceTokens, InputPrice: s.InputPrice, OutputPrice: s.OutputPrice}
	if s.InputPrice > 0 || s.OutputPrice > 0 {
		b.Currency = s.Currency
	}
	return b
}

// generator returns what answers in the workbench: a back end of Pegasus, a model, or the templates that need none.
func (a *app) generator(templates []plugins.Template) plugins.Generator {
	switch s := a.settings; {
	case s.GeneratorURL != "":
		return remote.New(remote.Options{URL: s.GeneratorURL, Key: s.GeneratorKey})
	case s.ModelURL != "":
		return openai.New(openai.Options{BaseURL: s.ModelURL, Key: s.ModelKey, Model: s.Model, Types: kit.Types})
	}
	return builtin.New(templates)
}

// templates are the worked examples, to begin with.
func templates() []plugins.Template {
	var all []plugins.Template
	for _, e := range kit.Examples() {
		t := plugins.Template{ID: e.Name, Name: e.Name}
		for _, f := range e.Files {
			t.Files = append(t.Files, plugins.File{Path: f.Path, Content: f.Content})
			if f.Path != manifest.File {
				continue
			}
			if m, problems := manifest.Parse([]byte(f.Content)); len(problems) == 0 {
				t.Name, t.About = m.Title, m.Description
			}
		}
		all = append(all, t)
	}
	return append(all, plugins.Template{
		ID: "empty", Name: "Empty", About: "One command that says hello, to begin with.", Files: builtin.Single("My plugin", "hello", "Hello!"),
	})
}
