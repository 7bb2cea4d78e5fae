package plugins

import (
	"context"
	"encoding/json"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
	"pegasus/queue"
)

const (
	// HookPath lies before the secret in the address of a webhook.
	HookPath = "/hooks/plugins/"
	// MaxHook is the largest body of a request to a webhook, in bytes.
	MaxHook = sandbox.MaxPayload

	hookSecret = 64 // characters
	// jobHook is the kind of jobs that call plugins for requests to their webhooks. The owner is the install.
	jobHook = "plugin-webhook"
)

// Hook takes a request to the webhook that has this secret in its address. The plugin is called after that, also where the
// server ends before. One that does not work is not there.
func (s *Service) Hook(ctx context.Context, secret string, w sandbox.Webhook) error {
	if len(secret) != hookSecret {
		return ErrInstallNotFound
	}
	i, err := s.store.InstallByWebhook(ctx, accounts.HashSecret(secret))
	if err != nil {
		return err
	}
	if _, err = s.hooked(ctx, i); fault.Is(err, fault.Conflict) {
		return ErrInstallNotFound
	}
	if err == nil {
		err = s.rates.take("hook "+i.ID, hooksPerInstall, time.Minute)
	}
	if err != nil {
		return err
	}
	body, err := json.Marshal(w)
	if err != nil {
		return err
	}
	now := s.now()
	_, _, err = s.jobs.AddJob(context.WithoutCancel(ctx), queue.Job{
		ID: id.New(now), Kind: jobHook, Owner: i.ID, State: queue.Waiting, Due: now, NextTry: now, CreatedAt: now, Body: string(body),
	})
	return err
}

// hooked returns what an install may do that takes webhooks now.
func (s *Service) hooked(ctx context.Context, i Install) (authority, error) {
	a, err := s.authorise(ctx, i)
	if err == nil && (i.WebhookHash == "" || !a.manifest.Triggers.Webhook || !a.may(manifest.Webhook)) {
		err = errOff
	}
	return a, err
}

// runHook calls a plugin for a request. A plugin that is gone or off by then is not called.
func (s *Service) runHook(ctx context.Context, j queue.Job) queue.Job {
	over := queue.Job{ID: j.ID, Owner: j.Owner}
	var w sandbox.Webhook
	if err := json.Unmarshal([]byte(j.Body), &w); err != nil {
		return over
	}
	i, err := s.store.Install(ctx, j.Owner)
	var a authority
	if err == nil {
		a, err = s.hooked(ctx, i)
	}
	if err == nil {
		c := call{kind: KindWebhook, event: w, key: "webhook-" + j.ID}
		var out sandbox.Outcome
		if out, err = s.run(ctx, a, c); err == nil {
			_, err = s.say(ctx, a, c, out.Replies)
		}
	}
	if s.busy(err) && j.Tries < maxHookTries {
		return s.again(j)
	}
	return over
}

// maxHookTries is how often a plugin is called for a request where there is no room for it.
const maxHookTries = 10
