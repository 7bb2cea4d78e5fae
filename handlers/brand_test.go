package handlers

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"
)

func TestTheLookOfAWorkspaceIsSeenBeforeOneSignsIn(t *testing.T) {
	w := newWorld(t)
	boss, ada, nobody := w.admin("boss"), w.join("ada"), &actor{}
	var logo bytes.Buffer
	must(t, png.Encode(&logo, image.NewNRGBA(image.Rect(0, 0, 40, 20))))
	w.sendPicture(boss, "/admin/branding", logo.Bytes(), "action", "save", "name", "Acme <Inc>", "accent", "#ffee00").sends("/admin/branding")
	b, err := w.Brand.Brand(t.Context())
	must(t, err)
	path := "/brand/logo/" + b.Logo
	for _, who := range []*actor{nobody, ada} {
		page := "/login"
		if who == ada {
			page = "/users"
		}
		w.get(who, page).want(200, "· Acme &lt;Inc&gt;</title>", `src="`+path+`"`, `<link rel="stylesheet" href="/brand/1-ffee00.css">`)
	}
	picture := w.get(nobody, path).want(200)
	shown, err := png.Decode(picture.Body)
	must(t, err)
	if size := shown.Bounds().Size(); size != image.Pt(512, 512) || !strings.Contains(picture.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("it is %v, kept %s", size, picture.Header().Get("Cache-Control"))
	}
	if css := w.get(nobody, "/brand/1-ffee00.css").want(200, "--accent:#").Header(); css.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the style sheet is %v", css)
	}
	var app appManifest
	must(t, json.Unmarshal(w.get(nobody, "/manifest.webmanifest").want(200).Body.Bytes(), &app))
	if app.Name != "Acme <Inc>" || len(app.Icons) != 1 || app.Icons[0].Src != path || app.Icons[0].Sizes != "512x512" {
		t.Errorf("the app is %+v", app)
	}

	w.sendPicture(boss, "/admin/branding", nil, "action", "reset").sends("/admin/branding")
	w.get(nobody, path).want(404)
	if page := w.get(nobody, "/login").want(200, "· Pegasus</title>").Body.String(); strings.Contains(page, "/brand/") {
		t.Error("the old look stays")
	}
}

func TestALookThatCannotBeIsExplained(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.sendPicture(boss, "/admin/branding", nil, "action", "save", "name", "Acme", "accent", "red").want(400, `id="brand-accent-wrong"`, `value="red"`, `value="Acme"`)
	w.sendPicture(boss, "/admin/branding", []byte("no picture"), "action", "save").want(400, `id="file-wrong"`)
	w.sendPicture(boss, "/admin/branding", make([]byte, 1<<20+1), "action", "save").want(400, "The limit is 1 MB.")
	w.sendPicture(ada, "/admin/branding", nil, "action", "save", "name", "Mine").want(403)
	w.get(ada, "/brand/none.css").want(404)
}
