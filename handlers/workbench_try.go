package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"pegasus/accounts"
	"pegasus/plugins"
	"pegasus/plugins/manifest"
	"pegasus/views"
	"pegasus/web"
)

// maxTryForm is the room for a delivery to a webhook, as a form carries it, beside all else.
const maxTryForm = 3*plugins.MaxHook + web.MaxBody

// tryWays reads what can call the newest version that is built, and with which settings.
func (d *door) tryWays(r *http.Request, me accounts.User, p plugins.Plugin, try *views.PluginTry) error {
	m, err := d.manifestOf(r, me, p.ID, p.Built)
	if err == nil {
		try.MaxText, err = d.Chat.MaxMessage(r.Context())
	}
	if err != nil {
		return err
	}
	if len(m.Commands) > 0 || m.Triggers.Messages != nil {
		try.Ways, try.Hint = append(try.Ways, views.TryText), "Say something that it listens to"
	}
	if len(m.Commands) > 0 {
		try.Hint = strings.TrimSpace("/" + m.Commands[0].Name + " " + m.Commands[0].Hint)
	}
	for _, one := range m.Triggers.Schedules {
		try.Schedules = append(try.Schedules, one.Name)
	}
	if len(try.Schedules) > 0 {
		try.Ways = append(try.Ways, views.TrySchedule)
	}
	if m.Triggers.Webhook {
		try.Ways = append(try.Ways, views.TryWebhook)
	}
	if try.Way == "" && len(try.Ways) > 0 {
		try.Way = try.Ways[0]
	}
	try.Settings = settingsOf(m, typedIn(try.Typed))
	for n, one := range settingsOf(m, typedIn(nil)) {
		secret := one.Kind == string(manifest.Secret) && try.Typed[one.Key] != ""
		try.Tuned = try.Tuned || secret || one.Shown() != try.Settings[n].Shown()
	}
	return nil
}

// tryPlugin runs the newest version that is built, or forgets what it kept in the runs before.
func (d *door) tryPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	if r.PostForm.Get("action") == "forget" {
		d.Plugins.ForgetTries(me, p.ID)
		d.note(r, "What it kept while you tried it is forgotten")
		return done(w, r, benchNext(r, pluginName(r), views.TabTry))
	}
	var m manifest.Manifest
	if p.Built > 0 {
		if m, err = d.manifestOf(r, me, p.ID, p.Built); err != nil {
			return err
		}
	}
	try := readTry(r, m)
	did, err := d.Plugins.TryPlugin(r.Context(), me, p.ID, trialOf(p, try))
	problem, refused := wrong(err)
	if err != nil && (!refused || fragment(r)) {
		return err
	}
	status := http.StatusOK
	if refused {
		try.Wrong, status = settingWrong(m, problem), http.StatusUnprocessableEntity
	} else {
		showTried(try, did)
	}
	if fragment(r) {
		page := views.Workbench{Shell: views.Shell{Me: person(me, me.Status)}, Plugin: d.pluginRow(p, nil), Own: p.OwnerID == me.ID}
		page.Talk.ID = r.PostForm.Get("conversation")
		render(w, r, status, views.PluginTried(page, *try))
		return nil
	}
	return d.benchPage(w, r, me, p, status, func(page *views.Workbench) { page.Tab, page.Try = views.TabTry, try })
}

// readTry reads what a form tries.
func readTry(r *http.Request, m manifest.Manifest) *views.PluginTry {
	f, sent := r.PostForm, strings.NewReplacer("\r\n", "\n") // which forms make of line ends
	return &views.PluginTry{
		Way: views.TryWay(f.Get("way")), Text: strings.TrimSpace(sent.Replace(f.Get("text"))), Schedule: f.Get("schedule"),
		Body: sent.Replace(f.Get("body")), Typed: settingsIn(r, m),
	}
}

func trialOf(p plugins.Plugin, try *views.PluginTry) plugins.Trial {
	trial := plugins.Trial{Version: p.Built, Settings: try.Typed}
	switch try.Way {
	case views.TrySchedule:
		trial.Schedule = try.Schedule
	case views.TryWebhook:
		kind := "text/plain"
		if json.Valid([]byte(try.Body)) {
			kind = "application/json"
		}
		trial.Webhook = &plugins.Delivery{Headers: map[string]string{"content-type": kind}, Body: try.Body}
	default:
		trial.Text = try.Text
	}
	return trial
}

func showTried(try *views.PluginTry, did plugins.Tried) {
	try.Tried, try.Log, try.Problem = true, did.Log, did.Problem
	try.Took = tookAndMemory(did)
	for _, s := range did.Said {
		try.Replies = append(try.Replies, views.TriedReply{HTML: s.HTML, Private: s.ToCaller})
	}
}

// tookAndMemory says what a try cost.
func tookAndMemory(t plugins.Tried) string {
	text := fmt.Sprintf("%d ms", t.Took.Milliseconds())
	if t.Memory > 0 {
		text += fmt.Sprintf(" · %.1f MB", float64(t.Memory)/(1<<20))
	}
	return text
}
