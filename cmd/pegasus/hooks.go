package main

import (
	"context"

	"pegasus/guard"
	"pegasus/hooks"
	"pegasus/markdown"
)

func (a *app) openHooks(key []byte) {
	client := guard.NewClient(guard.Options{Timeout: hooks.SendTime, Networks: prefixes(a.settings.HookNetworks)})
	a.hooks = hooks.NewService(hooks.Options{
		Store: a.store, Jobs: a.store, Accounts: a.accounts, Chat: a.chat, Key: key, Host: a.settings.appURL.Hostname(), URL: a.url(), Now: now,
		Others: a.plugins.Commands, Unlimited: a.settings.RateLimits == "off",
		Emoji: markdown.Emoji, Icon: a.icons.Path, Failed: a.noteFailure,
		Send: func(ctx context.Context, r hooks.Request) (hooks.Answer, error) {
			status, body, err := guard.Post(ctx, client, r.URL, r.Header, r.Body, hooks.MaxAnswer)
			return hooks.Answer{Status: status, Body: body}, err
		},
	})
}
