package brand

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestEveryColourCanBeReadInBothThemes(t *testing.T) {
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				chosen := Brand{Accent: fmt.Sprintf("#%02x%02x%02x", r, g, b)}
				light, dark, _ := chosen.Tones()
				readable(t, chosen.Accent, light, lightSurface)
				readable(t, chosen.Accent, dark, darkSurface)
			}
		}
	}
}

func readable(t *testing.T, chosen string, tones Tones, s surface) {
	t.Helper()
	at := func(text string) colour {
		c, ok := parse(text)
		if !ok {
			t.Fatalf("%q is no colour", text)
		}
		return c
	}
	for _, on := range append([]string{tones.Soft, tones.OnAccent}, s.on...) {
		if got := contrast(at(tones.Accent), at(on)); got < 4.5 {
			t.Errorf("%s: %s on %s has %.2f:1", chosen, tones.Accent, on, got)
		}
	}
}

func TestAColourThatCanBeReadStaysAsItIs(t *testing.T) {
	light, dark, _ := Brand{Accent: "#3148d4"}.Tones()
	if light.Accent != "#3148d4" || dark.Accent == "#3148d4" || light.OnAccent != "#ffffff" {
		t.Errorf("light %+v, dark %+v", light, dark)
	}
	if light, _, _ := (Brand{Accent: "#ffee00"}).Tones(); light.Accent == "#ffee00" {
		t.Error("yellow on white stays")
	}
}

func TestContrastIsThatOfWCAG(t *testing.T) {
	if got := contrast(white, black); got != 21 {
		t.Errorf("black on white has %v:1", got)
	}
	grey, _ := parse("767676")
	if got := contrast(white, grey); got < 4.54 || got > 4.55 {
		t.Errorf("grey on white has %v:1", got)
	}
}

func TestTheSurfacesAreThoseOfThePages(t *testing.T) {
	config, err := os.ReadFile("../tailwind.config.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range []struct {
		name string
		surface
	}{{"light", lightSurface}, {"dark", darkSurface}} {
		want := fmt.Sprintf(`const %s = \{\s+paper: "%s", side: "%s", raise: "%s",`, theme.name, theme.on[0], theme.on[1], theme.on[2])
		if !regexp.MustCompile(want).Match(config) {
			t.Errorf("the surfaces of the %s theme are others", theme.name)
		}
	}
}

func TestAStyleSheetIsThatOfItsName(t *testing.T) {
	name := Brand{Accent: "#ffee00"}.StyleName()
	css, ok := Style(name)
	if !ok || !strings.Contains(css, "[data-theme=pegasus-dark]{--accent:#ffee00;") {
		t.Errorf("%s: %s", name, css)
	}
	for _, bad := range []string{"", "1-ffee00", "0-ffee00.css", "1-fe0.css", "1-zzzzzz.css", "1-ffee00.css.css", "1-#ffee00.css", "1-}*{}aa.css"} {
		if _, ok := Style(bad); ok {
			t.Errorf("there is a style sheet %q", bad)
		}
	}
}
