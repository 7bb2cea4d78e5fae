package views

import (
	"time"

	"pegasus/chat"
)

// Banner is the announcement at the top of every page.
type Banner struct {
	ID    string // "" for none
	HTML  string // safe, a paragraph
	Kind  chat.BannerKind
	Until time.Time // zero for no end
	Away  bool      // the viewer has put it away
}

// ShownBanner is an announcement as pages show it.
func ShownBanner(b chat.Banner, away bool) Banner {
	return Banner{ID: b.ID, HTML: b.HTML, Kind: b.Kind, Until: b.Until, Away: away}
}

// AdminBanner is the page of the announcement.
type AdminBanner struct {
	Own
	Stands bool // there is one that can be taken down
	Text   string
	Kind   chat.BannerKind
	When   When
}

// bannerEnds are the ends that are offered.
var bannerEnds = []preset{
	{"never", "Until taken down"}, {"in 1 hour", "1 hour"}, {"in 4 hours", "4 hours"}, {"today", "Today"}, {"week", "This week"},
}
