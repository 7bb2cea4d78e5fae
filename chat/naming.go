package chat

import (
	"cmp"
	"context"
	"slices"
	"unicode"
)

// maxBrowsed is how many public channels FindChannels looks through.
const maxBrowsed = 1000

// FindChannels returns up to limit public channels whose names fit a text, the best first.
func (s *Service) FindChannels(ctx context.Context, text string, limit int) ([]Channel, error) {
	channels, err := s.store.Channels(ctx, ChannelQuery{Limit: maxBrowsed})
	if err != nil {
		return nil, err
	}
	type ranked struct {
		Channel
		distance int
	}
	var fitting []ranked
	for _, c := range channels {
		if distance, fits := Fits(c.Name, text); fits {
			fitting = append(fitting, ranked{c, distance})
		}
	}
	slices.SortStableFunc(fitting, func(a, b ranked) int { return cmp.Compare(a.distance, b.distance) })
	found := make([]Channel, min(limit, len(fitting)))
	for i := range found {
		found[i] = fitting[i].Channel
	}
	return found, nil
}

// The kinds of fit, the best first; among those of letters in between, each letter that is skipped adds one.
const (
	fitsStart = iota
	fitsWord
	fitsInside
	fitsLetters
)

// Fits reports whether a name has the letters of a text in their order, without regard to case and accents, and how far from
// each other the two are: 0 where the name begins with the text.
func Fits(name, text string) (distance int, ok bool) { return Fitting(text)(name) }

// Fitting is Fits for many names of one text.
func Fitting(text string) func(name string) (distance int, ok bool) {
	wanted := fold(text).runes
	return func(name string) (int, bool) { return fit(fold(name).runes, wanted) }
}

func fit(whole, wanted []rune) (distance int, ok bool) {
	best := -1
	for i := 0; i+len(wanted) <= len(whole); i++ {
		if !slices.Equal(whole[i:i+len(wanted)], wanted) {
			continue
		}
		if i == 0 {
			return fitsStart, true
		}
		if !unicode.IsLetter(whole[i-1]) && !unicode.IsDigit(whole[i-1]) {
			best = fitsWord
		} else if best < 0 {
			best = fitsInside
		}
	}
	if best >= 0 {
		return best, true
	}
	skipped, at := 0, 0
	for _, r := range whole {
		switch {
		case at < len(wanted) && r == wanted[at]:
			at++
		case at > 0 && at < len(wanted):
			skipped++
		}
	}
	return fitsLetters + skipped, at == len(wanted)
}
