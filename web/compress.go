package web

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// compressFrom is the size in bytes below which packing costs more than it saves.
const compressFrom = 1400

// Compress packs pages and JSON for clients that take it. Streams are left alone: each would hold an
// encoder, and the first of their bytes back. Who asks for one says so.
func Compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(compressFrom),
		gzhttp.ContentTypes([]string{"text/html", "application/json"}),
	)
	if err != nil {
		panic("web: the compression options are wrong: " + err.Error())
	}
	packed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") || strings.Contains(r.Header.Get("Accept"), "text/event-stream") || r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		packed.ServeHTTP(w, r)
	})
}
