package handlers

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"strings"
	"testing"

	"pegasus/chat"
)

// dot is a picture of one pixel.
var dot, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")

// sendEmoji sends the form that adds an emoji.
func (w *world) sendEmoji(a *actor, name string, picture []byte) answered {
	w.t.Helper()
	return w.sendPicture(a, "/emoji", picture, "name", name)
}

// sendPicture sends a form with a picture, or without one for nil.
func (w *world) sendPicture(a *actor, path string, picture []byte, fields ...string) answered {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		must(w.t, form.WriteField(fields[i], fields[i+1]))
	}
	if picture != nil {
		part, err := form.CreateFormFile("file", "picture.png")
		must(w.t, err)
		_, err = part.Write(picture)
		must(w.t, err)
	}
	must(w.t, form.Close())
	r := w.request(a, "POST", path, nil)
	r.Body, r.ContentLength = struct {
		*bytes.Reader
		nopCloser
	}{bytes.NewReader(body.Bytes()), nopCloser{}}, int64(body.Len())
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Origin", "http://example.com")
	return w.do(r)
}

type nopCloser struct{}

func (nopCloser) Close() error { return nil }

func (w *world) addEmoji(a *actor, name string) chat.CustomEmoji {
	w.t.Helper()
	e, err := w.chat.AddEmoji(w.t.Context(), a.User, name, bytes.NewReader(dot))
	must(w.t, err)
	return e
}

func TestAnEmojiIsAddedAndShownWhereItsNameIsWritten(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	before := w.say(ada, w.general().ID, "early :party_cat: <b>")
	path := "/chat/" + w.general().ID
	w.get(ada, path).want(200, `<span data-emoji="party_cat">:party_cat:</span>`)
	w.sendEmoji(ada, ":Party_Cat:", dot).sends("/emoji")
	e := w.chat.KeptEmoji().All[0]
	img := `<img class="emoji" data-emoji="party_cat" src="/avatars/` + e.Picture + `" alt=":party_cat:"`
	w.get(ada, path).want(200, img, "&lt;b&gt;")
	w.get(ada, "/emoji").want(200, img, "Added by", "Name ada,")
	w.get(ada, "/avatars/"+e.Picture).want(200)
	list := w.get(ada, "/emoji/custom.json").want(200, `[["party_cat","/avatars/`+e.Picture+`",""]]`)
	r := w.request(ada, "GET", "/emoji/custom.json", nil)
	r.Header.Set("If-None-Match", list.Header().Get("ETag"))
	w.do(r).want(304)

	w.get(ada, path+"/messages/"+before.ID+"/react?q=party").want(200, `value=":party_cat:"`)
	w.post(ada, path+"/messages/"+before.ID+"/reactions", "react", ":party_cat:").want(303)
	w.get(ada, path).want(200, `name="unreact" value=":party_cat:"`)
	w.post(ada, "/profile/status", "status", "online", "status_emoji", ":party_cat:", "status_message", "a :party_cat: <i>", "when", "never").want(303)
	w.get(ada, "/users").want(200, "a "+img, "&lt;i&gt;", img+` title=":party_cat:"`)

	w.post(ada, "/emoji/"+e.ID, "action", "rename", "name", "smile").want(400, "A built-in emoji has this name.")
	w.post(ada, "/emoji/"+e.ID, "action", "remove").sends("/emoji")
	page := w.get(ada, path).want(200, `<span data-emoji="party_cat">:party_cat:</span>`, `value=":party_cat:"`)
	if strings.Contains(page.Body.String(), "<img class=\"emoji\"") {
		t.Error("the picture of an emoji that is gone is still shown")
	}
	w.get(ada, "/avatars/"+e.Picture).want(404)
	w.post(ada, path+"/messages/"+before.ID+"/reactions", "react", ":party_cat:").want(400)
	w.post(ada, path+"/messages/"+before.ID+"/reactions", "unreact", ":party_cat:").want(303)
}

func TestWhatIsWrongWithANewEmojiIsSaid(t *testing.T) {
	w := newWorld(t)
	ada, ben, boss := w.join("ada"), w.join("ben"), w.admin("boss")
	e := w.addEmoji(ada, "cat_1")
	w.sendEmoji(ada, "cat_1", dot).want(409, "There is an emoji with this name already.").blames("name")
	w.sendEmoji(ada, "tada", dot).want(400, "A built-in emoji has this name.").keeps("name", "tada")
	w.sendEmoji(ada, "99", dot).want(400).blames("name")
	w.sendEmoji(ada, "dog_1", []byte("<svg onload=alert(1)>")).want(400).blames("file")
	w.sendEmoji(ada, "dog_1", nil).want(400).blames("file")
	w.sendEmoji(ada, "dog_1", bytes.Repeat([]byte("x"), 300<<10)).want(400, "256 KB").blames("file")

	w.post(ben, "/emoji/"+e.ID, "action", "remove").want(403)
	w.post(ben, "/emoji/rule", "by_admins", "yes").want(403)
	w.post(boss, "/emoji/rule", "by_admins", "yes").sends("/emoji")
	w.sendEmoji(ben, "dog_1", dot).want(403)
	w.get(ben, "/emoji").want(200, "Only admins add emoji here.")
	w.post(ada, "/emoji/"+e.ID, "action", "rename", "name", "cat_2").sends("/emoji")
	w.sendEmoji(boss, "dog_1", dot).sends("/emoji")
	w.post(boss, "/emoji/"+e.ID, "action", "remove").sends("/emoji")
	log, err := w.accounts.OwnEvents(t.Context(), ada.User, "", 10)
	must(t, err)
	if log[0].Action != "emoji.removed" || log[0].ActorID != boss.ID || log[0].Details["name"] != "cat_2" {
		t.Errorf("the log says %+v", log[0])
	}
}

func TestAPageLearnsOfEmojiThatComeAndGo(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	sub := w.viewers(1, ada)[0]
	e := w.addEmoji(ada, "cat_1")
	_, err := w.chat.RemoveEmoji(t.Context(), ada.User, e.ID)
	must(t, err)
	for _, want := range []string{`{"name":"cat_1","html":"\u003cimg class=\"`, `{"name":"cat_1","html":"\u003cspan data-emoji=\"`} {
		got, err := sub.Take()
		must(t, err)
		if frame := string((&door{w.deps}).frame(got, "")); !strings.Contains(frame, "event: emoji_changed\n") || !strings.Contains(frame, want) {
			t.Errorf("%s, want %s", frame, want)
		}
	}
}
