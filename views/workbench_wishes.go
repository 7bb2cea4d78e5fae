package views

import (
	"fmt"
	"math"
	"strings"

	"pegasus/plugins"
)

// Rewording is a wish in a model's words, before it is sent.
type Rewording struct {
	Text   string
	Before string // what its author wrote, "" where it is in their words
	Model  string // "" where it was reworded before
	Tokens int64
	Wrong  Wrong
}

// costLine says about what an answer will cost, as far as that is known, "" where nothing is.
func costLine(e plugins.Estimate) string {
	var known []string
	if e.Input > 0 {
		known = append(known, "Reads about "+roughly(e.Input)+" tokens"+priced(e.Cost, e.Currency)+" plus what you write.")
	}
	switch used := roughly(e.Usual.Tokens()); {
	case e.Answers == 1:
		known = append(known, "The last answer: about "+used+priced(e.Usual.Cost, e.Currency)+".")
	case e.Answers > 1:
		known = append(known, fmt.Sprintf("The last %d answers: about %s each%s.", e.Answers, used, priced(e.Usual.Cost, e.Currency)))
	}
	if e.Bounded {
		known = append(known, grouped(e.Left)+" left today.")
	}
	return strings.Join(known, " ")
}

// priced is what tokens cost, in brackets, where a price is known.
func priced(micros int64, currency string) string {
	if currency == "" {
		return ""
	}
	return fmt.Sprintf(" (%.4f %s)", float64(micros)/1e6, currency)
}

// roughly writes a number by the two figures that count.
func roughly(n int64) string {
	if n < 100 {
		return grouped(n)
	}
	unit := int64(math.Pow10(int(math.Log10(float64(n))) - 1))
	return grouped((n + unit/2) / unit * unit)
}
