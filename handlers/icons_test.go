package handlers

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/internal/doortest"
)

// wideWeb answers for all of the web.
type wideWeb func(*http.Request) *http.Response

func (e wideWeb) RoundTrip(r *http.Request) (*http.Response, error) { return e(r), nil }

func TestABotsPictureIsServedFromHereOverItsOwnFace(t *testing.T) {
	dot := image.NewRGBA(image.Rect(0, 0, 3, 3))
	dot.Set(1, 1, color.RGBA{R: 200, A: 255})
	var face bytes.Buffer
	must(t, png.Encode(&face, dot))
	w := newWorldOf(t, doortest.Options{Web: &http.Client{Transport: wideWeb(func(r *http.Request) *http.Response {
		if r.URL.Path != "/face.png" {
			return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}
		}
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(face.Bytes()))}
	})}})
	ada := w.join("ada")
	bot, err := w.accounts.CreateBot(t.Context(), ada.User, accounts.BotDraft{Name: "Builds"})
	must(t, err)
	c := w.channel(ada, "builds", chat.Public)
	must(t, w.chat.Seat(t.Context(), c.ID, bot))
	good, bad := w.Icons.Path("https://ci.test/face.png"), w.Icons.Path("https://ci.test/gone.png")
	for _, icon := range []string{good, bad} {
		_, err := w.chat.PostMessage(t.Context(), bot, c.ID, chat.Draft{Content: "done", Hook: &chat.ByHook{Guise: chat.Guise{Icon: icon}}})
		must(t, err)
	}
	page := w.get(ada, "/chat/"+c.ID).want(200, `<img src="`+good+`"`, `<img src="`+bad+`"`)
	if strings.Contains(page.Body.String(), "ci.test") {
		t.Error("a page names the other server")
	}
	answer := w.get(ada, good).want(200)
	if answer.Header().Get("Content-Type") != "image/png" || !strings.HasPrefix(answer.Header().Get("Cache-Control"), "private") || bytes.Equal(answer.Body.Bytes(), face.Bytes()) {
		t.Errorf("it comes as it is: %v", answer.Header())
	}
	none := w.get(ada, bad).want(404)
	if shown, err := png.Decode(none.Body); err != nil || shown.Bounds().Dx() != 1 {
		t.Errorf("where there is none comes %v, %v", shown, err)
	}
	if shown, err := png.Decode(answer.Body); err != nil || shown.At(0, 0) != (color.RGBA{R: 255, G: 255, B: 255, A: 255}) {
		t.Errorf("the corner of the picture is not white: %v", err)
	}
	w.get(nil, good).want(303)
}
