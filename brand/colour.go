package brand

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// colour is one of sRGB, each part from 0 to 1.
type colour struct{ r, g, b float64 }

// String writes a colour as #rrggbb.
func (c colour) String() string {
	part := func(v float64) int { return int(math.Round(v * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(c.r), part(c.g), part(c.b))
}

// parse reads three or six hex digits, with or without a #.
func parse(text string) (colour, bool) {
	digits := strings.TrimPrefix(text, "#")
	if len(digits) == 3 {
		digits = strings.Join([]string{digits[:1], digits[:1], digits[1:2], digits[1:2], digits[2:], digits[2:]}, "")
	}
	parts, err := hex.DecodeString(digits)
	if err != nil || len(parts) != 3 {
		return colour{}, false
	}
	return colour{float64(parts[0]) / 255, float64(parts[1]) / 255, float64(parts[2]) / 255}, true
}

// mix returns a colour with a share of another one in it.
func (c colour) mix(other colour, share float64) colour {
	m := func(a, b float64) float64 { return a + (b-a)*share }
	return colour{m(c.r, other.r), m(c.g, other.g), m(c.b, other.b)}
}

// luminance is how bright a colour is, as WCAG 2.2 defines it.
func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is that of two colours, from 1 to 21, as WCAG 2.2 defines it.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// enough is what level AA asks of text.
const enough = 4.5

// surface are the colours of a theme on which the accent stands, as tailwind.config.js has them.
type surface struct {
	on      []string
	soft    string  // the accent's own soft surface is this one
	share   float64 // with so much of the accent in it
	towards colour  // where the accent goes until it can be read
	text    colour  // on the accent
}

var (
	white, black = colour{1, 1, 1}, colour{}

	lightSurface = surface{on: []string{"#fbfaf8", "#f3f1ec", "#ffffff"}, soft: "#ffffff", share: 0.11, towards: black, text: white}
	darkSurface  = surface{on: []string{"#171614", "#1d1c19", "#22201d"}, soft: "#171614", share: 0.18, towards: white, text: colour{0.07, 0.07, 0.07}}
)

// Tones are the colours of a theme, as CSS writes them. Accent is read on every surface, OnAccent on Accent, and Accent on Soft,
// each with a contrast of at least 4.5:1.
type Tones struct{ Accent, Soft, OnAccent string }

// Tones returns what becomes of the accent in the light and in the dark theme: the nearest tones of it that can be read. It
// reports false where no colour was chosen.
func (b Brand) Tones() (light, dark Tones, chosen bool) {
	accent, ok := parse(b.Accent)
	if !ok {
		return Tones{}, Tones{}, false
	}
	return lightSurface.tones(accent), darkSurface.tones(accent), true
}

// steps is how finely the way to white or black is divided, at the end of which everything can be read.
const steps = 100

func (s surface) tones(accent colour) Tones {
	var t Tones
	for step := range steps + 1 {
		tone := exact(accent.mix(s.towards, float64(step)/steps))
		base, _ := parse(s.soft)
		soft := exact(base.mix(tone, s.share))
		t = Tones{tone.String(), soft.String(), exact(s.text).String()}
		if s.reads(tone, soft) {
			break
		}
	}
	return t
}

// exact returns a colour as it is once it was written.
func exact(c colour) colour {
	written, _ := parse(c.String())
	return written
}

func (s surface) reads(accent, soft colour) bool {
	for _, name := range s.on {
		if on, _ := parse(name); contrast(accent, on) < enough {
			return false
		}
	}
	return contrast(accent, soft) >= enough && contrast(accent, exact(s.text)) >= enough
}

// styleVersion is part of the names of style sheets. It changes whenever another one is made of the same colour.
const styleVersion = "1"

// StyleName names the style sheet of the chosen colour, "" where there is none: what it holds depends on its name alone, so that
// it may be kept for ever.
func (b Brand) StyleName() string {
	if b.Accent == "" {
		return ""
	}
	return styleVersion + "-" + strings.TrimPrefix(b.Accent, "#") + ".css"
}

// Style returns the style sheet of a name, and whether there is one.
func Style(name string) (css string, ok bool) {
	accent, ours := strings.CutPrefix(name, styleVersion+"-")
	accent, sheet := strings.CutSuffix(accent, ".css")
	light, dark, chosen := Brand{Accent: accent}.Tones()
	if !ours || !sheet || !chosen || len(accent) != 6 {
		return "", false
	}
	return ":root,[data-theme=pegasus]{" + light.css() + "}\n[data-theme=pegasus-dark]{" + dark.css() +
		"}\n@media (prefers-color-scheme:dark){:root:not([data-theme]){" + dark.css() + "}}\n", true
}

func (t Tones) css() string {
	return "--accent:" + t.Accent + ";--accent-soft:" + t.Soft + ";--on-accent:" + t.OnAccent
}
