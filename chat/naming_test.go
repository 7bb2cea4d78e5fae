package chat

import (
	"context"
	"testing"
)

func TestANameFitsALittleOfItsLetters(t *testing.T) {
	for _, c := range []struct {
		name, text string
		distance   int
		fits       bool
	}{
		{"general", "gen", 0, true}, {"General", "gEN", 0, true}, {"Zoë Ångström", "zoe", 0, true}, {"Zoë Ångström", "angst", 1, true},
		{"team-ops", "ops", 1, true}, {"devops", "ops", 2, true}, {"devops-ops", "ops", 1, true}, {"engineering", "egr", 8, true},
		{"general", "", 0, true}, {"general", "glx", 0, false}, {"ops", "operations", 0, false}, {"", "a", 0, false},
		{"设计评审", "评审", 2, true},
	} {
		distance, fits := Fits(c.name, c.text)
		if fits != c.fits || fits && distance != c.distance {
			t.Errorf("Fits(%q, %q) = %d, %v", c.name, c.text, distance, fits)
		}
	}
}

// street is a store of public channels alone.
type street struct {
	Store
	names []string
}

func (s street) Channels(_ context.Context, q ChannelQuery) (channels []Channel, _ error) {
	for _, name := range s.names[:min(q.Limit, len(s.names))] {
		channels = append(channels, Channel{Name: name, Type: Public})
	}
	if q.Private {
		channels = append(channels, Channel{Name: "ops-secret", Type: Private})
	}
	return channels, nil
}

func TestTheChannelsThatFitBestComeFirst(t *testing.T) {
	s := NewService(Options{Store: street{names: []string{"devops", "o-p-s", "ops", "random", "team-ops"}}, Connected: func(string) bool { return false }})
	found, err := s.FindChannels(t.Context(), "ops", 3)
	if err != nil || len(found) != 3 || found[0].Name != "ops" || found[1].Name != "team-ops" || found[2].Name != "devops" {
		t.Errorf("found %v, %v", found, err)
	}
}
