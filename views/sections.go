package views

import (
	"slices"
	"strings"

	"pegasus/chat"
)

// rowsIn returns the channels of one section.
func rowsIn(rows []Row, section string) []Row {
	var in []Row
	for _, row := range rows {
		if row.Section == section {
			in = append(in, row)
		}
	}
	return in
}

// ownSection is a section of somebody's channels that stands above the others.
type ownSection struct {
	Name string
	Rows []Row
}

func (s ownSection) title() string { return sectionTitle(s.Name) }

func sectionTitle(section string) string {
	switch section {
	case "":
		return "Channels"
	case chat.Favourites:
		return "Favourites"
	}
	return section
}

// ownSections returns the favourites, and after them the sections that somebody has made, by name.
func ownSections(rows []Row) []ownSection {
	var all []ownSection
	for _, row := range rows {
		at := slices.IndexFunc(all, func(s ownSection) bool { return s.Name == row.Section })
		if row.Section != "" && at < 0 {
			at = len(all)
			all = append(all, ownSection{Name: row.Section})
		}
		if at >= 0 {
			all[at].Rows = append(all[at].Rows, row)
		}
	}
	slices.SortStableFunc(all, func(a, b ownSection) int {
		if (a.Name == chat.Favourites) != (b.Name == chat.Favourites) {
			if a.Name == chat.Favourites {
				return -1
			}
			return 1
		}
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all
}

// SectionForm is the page that renames a section.
type SectionForm struct {
	Shell
	Section string
	Name    string // as somebody filled it in
	Wrong   Wrong
}
