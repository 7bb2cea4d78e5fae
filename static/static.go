// Package static serves the built style sheet, scripts, icons and fonts. Each file's name holds a hash of its content, so
// that it may be kept for ever. `go run ./static/build` makes them.
package static

import (
	"embed"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is the path under which Handler expects to stand.
const Prefix = "/static/"

//go:embed dist
var dist embed.FS

type file struct {
	contentType  string
	data, packed []byte // packed is nil where packing is of no use
}

var (
	urls  = map[string]string{}
	files = map[string]file{}
)

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".png": "image/png",
}

func init() {
	names := map[string]string{}
	manifest, err := dist.ReadFile("dist/manifest.json")
	if err == nil {
		err = json.Unmarshal(manifest, &names)
	}
	if err != nil {
		panic("static: the built files are broken, run go run ./static/build: " + err.Error())
	}
	for name, hashed := range names {
		data, err := dist.ReadFile("dist/" + hashed)
		if err != nil {
			panic("static: " + err.Error())
		}
		packed, _ := dist.ReadFile("dist/" + hashed + ".gz") // fonts have none
		urls[name] = Prefix + hashed
		files[hashed] = file{contentType: contentTypes[path.Ext(hashed)], data: data, packed: packed}
	}
	buildWorker()
}

// URL returns the path of a file by its plain name, such as app.css. It panics for a name that was not built: that is a
// mistake in a page.
func URL(name string) string {
	url, ok := urls[name]
	if !ok {
		panic("static: no file " + name)
	}
	return url
}

// Handler serves the files under Prefix.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := files[strings.TrimPrefix(r.URL.Path, Prefix)]
		if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.contentType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		body := f.data
		if f.packed != nil {
			h.Set("Vary", "Accept-Encoding")
			if acceptsGzip(r.Header.Get("Accept-Encoding")) {
				h.Set("Content-Encoding", "gzip")
				body = f.packed
			}
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			w.Write(body)
		}
	})
}

func acceptsGzip(accept string) bool {
	for coding := range strings.SplitSeq(accept, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
