package plugins

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"pegasus/fault"
)

// cleanName returns a plugin's name in the form in which it is stored: 1 to MaxName visible characters without slashes, that
// can be the name of a file.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(norm.NFC.String(name)), " ")
	switch {
	case name == "":
		return "", fault.Field("pluginName", "NAME_REQUIRED", "Please enter a name.")
	case !utf8.ValidString(name) || strings.HasPrefix(name, ".") || strings.ContainsFunc(name, unfit):
		return "", fault.Field("pluginName", "INVALID_NAME", "A name has visible characters without slashes, and does not begin with a dot.")
	case utf8.RuneCountInString(name) > MaxName:
		return "", fault.Field("pluginName", "NAME_TOO_LONG", "A name has at most 64 characters.")
	}
	return name, nil
}

// unfit tells what no name or path holds: separators, and what shows nothing or turns the direction of the text around it.
func unfit(r rune) bool {
	return r == '/' || r == '\\' || r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// nameKey returns what a name is found by: without case, and without what of a character's form says nothing of what it means.
func nameKey(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.Join(strings.Fields(name), " "))))
}

// cleanData returns a maker's own data in the form in which it is stored: a JSON object, "" for an empty one.
func cleanData(data string) (string, error) {
	if data == "" {
		return "{}", nil
	}
	if len(data) > MaxData {
		return "", fault.Field("pluginData", "DATA_TOO_LONG", "The data of a plugin has at most 16 KB.")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(data), &object); err != nil || object == nil {
		return "", fault.Field("pluginData", "INVALID_DATA", "The data of a plugin is a JSON object.")
	}
	return data, nil
}
