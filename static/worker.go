package static

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path"
	"slices"
)

// Worker returns the script of the service worker. It begins with what it keeps: the parts of pages, and a version that is
// another one whenever a part is.
func Worker() []byte { return worker }

var worker []byte

// kept reports whether the worker keeps a file. The pictures of the app and the worker itself are the browser's affair.
func kept(name string) bool { return name != "sw.js" && path.Ext(name) != ".png" }

func buildWorker() {
	var kinds struct {
		Version string   `json:"version"`
		Files   []string `json:"files"`
		Icon    string   `json:"icon"`
	}
	for name, url := range urls {
		if kept(name) {
			kinds.Files = append(kinds.Files, url)
		}
	}
	slices.Sort(kinds.Files)
	kinds.Icon = URL("icon-192.png")
	script := files[path.Base(URL("sw.js"))].data
	list, _ := json.Marshal(kinds.Files) // strings always encode
	sum := sha256.Sum256(append(list, script...))
	kinds.Version = hex.EncodeToString(sum[:6])
	head, _ := json.Marshal(kinds)
	worker = slices.Concat([]byte("self.pegasus="), head, []byte(";\n"), script)
}
