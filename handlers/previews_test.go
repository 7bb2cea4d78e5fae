package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestAPreviewIsACardThatItsAuthorTakesAway(t *testing.T) {
	s := newScene(t)
	s.set("plans")
	link, payload := "https://pegasus.example/a?b=1&c=2", `"><img src=x onerror=alert(1)>`
	_, err := s.store.SetPreviews(t.Context(), s.message.ID, s.message.Content, []chat.Preview{
		{URL: link, Site: payload, Title: "What <b>is</b> there", Description: payload},
		{URL: "https://pegasus.example/away", Title: "taken away", Hidden: true},
	})
	must(t, err)
	path := "/chat/" + s.channel.ID
	remove := path + "/messages/" + s.message.ID + "/preview"
	page := s.get(s.keeper, path).want(200, "What &lt;b&gt;is&lt;/b&gt; there", `rel="nofollow noopener noreferrer ugc"`)
	inert(t, "previews", page)
	if strings.Contains(page.Body.String(), "taken away") {
		t.Error("a preview that was taken away is shown")
	}
	s.post(s.keeper, remove, "url", link).want(404)
	s.post(s.outsider, remove, "url", link).want(404)
	s.script(s.member, "POST", remove, "url", "https://pegasus.example/unknown").want(204)
	s.get(s.member, path).want(200, "What &lt;b&gt;is")
	s.post(s.member, remove, "url", link).want(303)
	if page := s.get(s.keeper, path); strings.Contains(page.Body.String(), "What &lt;b&gt;is") {
		t.Error("the preview is still there")
	}
}
