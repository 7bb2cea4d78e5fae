package handlers

import "net/http"

// findingRoutes are the pages that lead to places.
func (d *door) findingRoutes(get, post func(string, http.HandlerFunc)) {
	get("/search", member(d.search))
	get("/chat/{channel}/search", member(d.searchBeside))
	get("/jump", member(d.jump))
	get("/shortcuts", member(d.showShortcuts))
	post("/chat/{channel}/messages/{message}/preview", member(d.removePreview))
}
