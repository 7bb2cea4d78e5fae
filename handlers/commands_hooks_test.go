package handlers

import (
	"context"
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/internal/doortest"
)

func TestAnAdminMakesACommandOfAllChannelsAndItsSecretIsShownOnce(t *testing.T) {
	var sent []string
	w := newWorldOf(t, doortest.Options{Send: func(_ context.Context, r hooks.Request) (hooks.Answer, error) {
		sent = append(sent, r.URL)
		return hooks.Answer{Status: 200, Body: []byte(`{"text":"It **rains** <b>x</b>"}`)}, nil
	}})
	boss, ada := w.admin("boss"), w.join("ada")
	w.post(boss, "/admin/hooks", "command", "help", "name", "Sky", "url", "https://sky.test", "about", "Say how it is").
		want(409, "Every channel has a command of this name already", `value="https://sky.test"`, `value="Say how it is"`)
	made := w.post(boss, "/admin/hooks", "command", "/weather", "name", "Sky", "url", "https://sky.test", "about", "Say how it is").want(200, "whsec_", "/weather", "all channels")
	if again := w.get(boss, "/admin/integrations").want(200, "/weather").Body.String(); strings.Contains(again, "whsec_") {
		t.Error("the secret is shown again")
	}
	id := made.Body.String()
	id = id[strings.Index(id, `id="hook-`)+len(`id="hook-`):][:24]
	general := "/chat/" + w.general().ID
	w.get(ada, general+"/complete?kind=command&q=wea").want(200, "/weather", "Say how it is")
	w.script(ada, "POST", general+"/messages", "content", "/weather now").want(200, "only-you", "<strong>rains</strong>")
	a := w.script(ada, "POST", general+"/messages", "content", "/weather now").want(200)
	if strings.Contains(a.Body.String(), "<b>x</b>") {
		t.Error("HTML of another server is shown as HTML")
	}
	w.post(ada, general+"/messages", "content", "/weather now").sends(general)
	w.get(ada, general).want(200, "It **rains**")
	if len(sent) != 3 || sent[0] != "https://sky.test" {
		t.Errorf("sent to %v", sent)
	}
	w.post(boss, "/admin/hooks/"+id, "action", "secret").want(200, "whsec_")
	w.post(boss, "/admin/hooks/"+id, "action", "off").sends("/admin/integrations")
	w.script(ada, "POST", general+"/messages", "content", "/weather now").want(400, "There is no command /weather here")
	w.post(boss, "/admin/hooks/"+id, "action", "delete").sends("/admin/integrations")
	if left := w.get(boss, "/admin/integrations").want(200).Body.String(); strings.Contains(left, "/weather") {
		t.Error("it is listed when it is deleted")
	}
}

func TestASecretThatNobodyCouldSeeIsNotMade(t *testing.T) {
	w, gone := newWorld(t), newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	c := w.channel(ada, "builds", chat.Private)
	made, err := w.Hooks.Create(t.Context(), ada.User, c.ID, hooks.Draft{Kind: hooks.Incoming, Name: "Builds"})
	must(t, err)
	gone.breakStore()
	working := w.deps.Chat
	w.deps.Chat = gone.chat
	w.route()
	path := "/chat/" + c.ID + "/integrations"
	w.post(ada, path, "kind", "incoming", "name", "Robot").want(500)
	w.post(ada, path+"/"+made.Hook.ID, "action", "secret").want(500)
	w.post(boss, "/admin/hooks", "command", "weather", "name", "Sky", "url", "https://sky.test").want(500)
	w.post(boss, "/admin/hooks/"+made.Hook.ID, "action", "secret").want(500)
	all, err := w.Hooks.All(t.Context(), boss.User, "", 9)
	if err != nil || len(all) != 1 || all[0].Hint != made.Hook.Hint {
		t.Errorf("there are %+v, %v", all, err)
	}
	w.deps.Chat = working
	w.route()
	w.post(ada, path, "kind", "incoming", "name", "Robot").want(200, "Robot", "/hooks/")
	replaced := w.post(ada, path+"/"+made.Hook.ID, "action", "secret").want(200, "/hooks/").Body.String()
	if h, err := w.Hooks.Hook(t.Context(), ada.User, made.Hook.ID); err != nil || h.Hint == made.Hook.Hint || !strings.Contains(replaced, h.Hint) || strings.Contains(replaced, made.Hook.Hint) {
		t.Errorf("the page does not show it as it is now: %+v, %v", h, err)
	}
}

func TestAWebhookIsChangedBesideItsOwnChannelAlone(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c, other := w.channel(ada, "builds", chat.Private), w.channel(ada, "other", chat.Private)
	made, err := w.Hooks.Create(t.Context(), ada.User, c.ID, hooks.Draft{Kind: hooks.Incoming, Name: "Builds"})
	must(t, err)
	for _, action := range []string{"secret", "off", "delete", "test"} {
		w.post(ada, "/chat/"+other.ID+"/integrations/"+made.Hook.ID, "action", action).want(404)
	}
	if h, err := w.Hooks.Hook(t.Context(), ada.User, made.Hook.ID); err != nil || h.Hint != made.Hook.Hint || h.Off {
		t.Errorf("it is %+v, %v", h, err)
	}
}
