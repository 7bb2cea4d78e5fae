package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"

	"pegasus/files"
	"pegasus/static"
	"pegasus/views"
)

// installedRoutes are what a browser needs to keep Pegasus as an app. They hold nothing of anybody's own.
func (d *door) installedRoutes(get func(string, http.HandlerFunc)) {
	get("/sw.js", serviceWorker)
	get("/manifest.webmanifest", d.describeApp)
	get("/offline", handle(d.showOffline))
}

// serviceWorker answers with the script that stands between pages and the server. Browsers ask for it again and again.
func serviceWorker(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'")
	w.Write(static.Worker())
}

type appIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

type appShortcut struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

type appManifest struct {
	ID              string        `json:"id"`
	Name            string        `json:"name"`
	Description     string        `json:"description"`
	StartURL        string        `json:"start_url"`
	Scope           string        `json:"scope"`
	Display         string        `json:"display"`
	BackgroundColor string        `json:"background_color"`
	ThemeColor      string        `json:"theme_color"`
	Icons           []appIcon     `json:"icons"`
	Shortcuts       []appShortcut `json:"shortcuts"`
}

// describeApp answers with the manifest of the installed app.
func (d *door) describeApp(w http.ResponseWriter, r *http.Request) {
	shown := views.BrandOf(r.Context())
	text, _ := json.Marshal(appManifest{ // these types always encode
		ID: "/chat", Name: shown.Name, Description: "The workspace of your team", StartURL: "/chat", Scope: "/", Display: "standalone",
		BackgroundColor: views.PaperLight, ThemeColor: views.PaperLight,
		Icons:     appIcons(shown.Logo),
		Shortcuts: []appShortcut{{"Unread messages", "/unreads"}, {"New message", "/dm/new"}, {"Search", "/search"}},
	})
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(text)
}

// appIcons are the workspace's sign where it has one, else ours.
func appIcons(logo string) []appIcon {
	if logo != "" {
		return []appIcon{{logo, fmt.Sprintf("%dx%[1]d", files.LogoSide), "image/png", ""}}
	}
	return []appIcon{
		{static.URL("icon-192.png"), "192x192", "image/png", ""}, {static.URL("icon-512.png"), "512x512", "image/png", ""},
		{static.URL("maskable-512.png"), "512x512", "image/png", "maskable"}, {static.URL("logo.svg"), "any", "image/svg+xml", ""},
	}
}

// showOffline is the page that the service worker keeps and shows in place of every other while there is no line.
func (d *door) showOffline(w http.ResponseWriter, r *http.Request) error {
	render(w, r, http.StatusOK, views.OfflinePage())
	return nil
}
