package api

import "pegasus/chat"

type preview struct {
	URL         string `json:"url"`
	Site        string `json:"site"`
	Title       string `json:"title" doc:"Plain text, as the description"`
	Description string `json:"description"`
}

func newPreviews(all []chat.Preview) (out []preview) {
	for _, p := range chat.Shown(all) {
		out = append(out, preview{URL: p.URL, Site: p.Site, Title: p.Title, Description: p.Description})
	}
	return out
}
