package files

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the length of a file's name in bytes: what common systems can store.
const maxName = 255

// cleanName returns a file's name as a label that is safe to show: without folders, control characters and marks that turn
// the direction of writing, by which "gpj.exe" would look like another file.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, name))
	stem, extension, dotted := cutLast(name, ".")
	if dotted {
		extension = "." + extension
	}
	if stem = strings.Trim(stem, ". "); stem == "" {
		stem = "file"
	}
	for len(stem)+len(extension) > maxName && stem != "" {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	return stem + extension
}

// Disposition returns the value of Content-Disposition for a file: shown by the browser or offered for download, with its
// name in the form for old readers and in that of RFC 5987 and RFC 6266.
func Disposition(name string, inline bool) string {
	kind := "attachment"
	if inline {
		kind = "inline"
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	var encoded strings.Builder
	for _, b := range []byte(name) {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("!#$&+-.^_`|~", b) >= 0 {
			encoded.WriteByte(b)
		} else {
			fmt.Fprintf(&encoded, "%%%02X", b)
		}
	}
	return kind + `; filename="` + plain + `"; filename*=UTF-8''` + encoded.String()
}
