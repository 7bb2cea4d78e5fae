package files

import (
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"pegasus/fault"
)

// kind is a sort of file that messages may have.
type kind struct {
	mediaType string   // as it is served
	found     []string // what its content may be found to be; what is derived from "text/plain" counts as that
	inline    bool     // browsers show it and run nothing of it
}

const plainText = "text/plain"

// PDF is the type of a document that a browser shows only on the page that is made for it.
const PDF = "application/pdf"

var (
	zipped = []string{"application/zip"}
	oled   = []string{"application/x-ole-storage"}
	mp4s   = []string{"video/mp4", "video/quicktime"}
)

// kinds are all that is taken, by the extension of the name. Whatever a browser could run something of is never shown by it:
// SVG, text of which some programs guess that it is HTML, and PDF, which may hold scripts.
var kinds = map[string]kind{
	"png":  {"image/png", []string{"image/png"}, true},
	"jpg":  {"image/jpeg", []string{"image/jpeg"}, true},
	"gif":  {"image/gif", []string{"image/gif"}, true},
	"webp": {"image/webp", []string{"image/webp"}, true},
	"bmp":  {"image/bmp", []string{"image/bmp"}, false},
	"svg":  {"image/svg+xml", []string{plainText}, false},

	"pdf":  {PDF, []string{PDF}, false},
	"doc":  {"application/msword", oled, false},
	"docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", zipped, false},
	"txt":  {plainText, []string{plainText}, false},
	"md":   {"text/markdown", []string{plainText}, false},
	"rtf":  {"text/rtf", []string{"text/rtf"}, false},
	"xls":  {"application/vnd.ms-excel", oled, false},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", zipped, false},
	"csv":  {"text/csv", []string{plainText}, false},

	"zip": {"application/zip", zipped, false},
	"rar": {"application/vnd.rar", []string{"application/vnd.rar"}, false},
	"7z":  {"application/x-7z-compressed", []string{"application/x-7z-compressed"}, false},
	"tar": {"application/x-tar", []string{"application/x-tar"}, false},
	"gz":  {"application/gzip", []string{"application/gzip"}, false},

	"mp4": {"video/mp4", mp4s, true},
	"mov": {"video/quicktime", mp4s, true},
	"avi": {"video/x-msvideo", []string{"video/x-msvideo"}, true},
	"wmv": {"video/x-ms-wmv", []string{"video/x-ms-asf"}, true},
	"mkv": {"video/x-matroska", []string{"video/x-matroska"}, true},

	"mp3":  {"audio/mpeg", []string{"audio/mpeg"}, true},
	"wav":  {"audio/wav", []string{"audio/wav"}, true},
	"ogg":  {"audio/ogg", []string{"application/ogg"}, true},
	"flac": {"audio/flac", []string{"audio/flac"}, true},
}

// Extensions returns those of the files that are taken, in order.
func Extensions() []string {
	all := []string{"jpeg"}
	for extension := range kinds {
		all = append(all, extension)
	}
	slices.Sort(all)
	return all
}

// sniffed is how much of a file's beginning says what it is.
const sniffed = 3072

var errKind = fault.New(fault.Unsupported, "FILE_TYPE_NOT_ALLOWED", "Files of this kind are not taken, or this one is not what its name says.")

// kindOf returns the kind of a file and its extension. The name and the content must agree; what its sender declares it to
// be counts for nothing.
func kindOf(name string, beginning []byte) (extension string, k kind, err error) {
	_, extension, _ = cutLast(name, ".")
	if extension = strings.ToLower(extension); extension == "jpeg" {
		extension = "jpg"
	}
	k, known := kinds[extension]
	if !known {
		return "", kind{}, errKind
	}
	for found := mimetype.Detect(beginning); found != nil; found = found.Parent() {
		if slices.ContainsFunc(k.found, found.Is) {
			return extension, k, nil
		}
	}
	return "", kind{}, errKind
}

// Inline reports whether a file of a media type may be shown by a browser where it stands. Others are downloads.
func Inline(mediaType string) bool {
	for _, k := range kinds {
		if k.mediaType == mediaType {
			return k.inline
		}
	}
	return false
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	at := strings.LastIndex(s, separator)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(separator):], true
}
