package files

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"image"
	"strings"
	"testing"
)

func zipOf(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		file, err := w.Create(name)
		if err == nil {
			_, err = file.Write([]byte("<x/>"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// samples are beginnings of files by the extension that fits them.
func samples(t testing.TB) map[string]string {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "../a", Mode: 0o644}), w.Close()); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"png": string(asPNG(t, quarters(8, 8, four))), "jpg": string(photo(t)), "jpeg": string(photo(t)), "webp": string(losslessWebP),
		"gif": string(asGIF(t, paletted(image.Rect(0, 0, 9, 9), red))), "bmp": "BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00",
		"svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"pdf": "%PDF-1.7\n", "doc": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504), "xls": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504),
		"docx": string(zipOf(t, "[Content_Types].xml", "word/document.xml")), "xlsx": string(zipOf(t, "[Content_Types].xml", "xl/workbook.xml")),
		"txt": "hello", "md": "# hello", "csv": "a,b\n1,2\n", "rtf": `{\rtf1 hello}`,
		"zip": string(zipOf(t, "../../etc/passwd")), "rar": "Rar!\x1a\x07\x01\x00", "7z": "7z\xbc\xaf\x27\x1c", "gz": "\x1f\x8b\x08\x00", "tar": archive.String(),
		"mp4": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "mov": "\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "avi": "RIFF\x24\x00\x00\x00AVI LIST\x00\x00\x00\x00",
		"wmv": "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "mkv": "\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
		"mp3": "\xff\xfb\x90\x64" + strings.Repeat("\x00", 400), "wav": "RIFF\x24\x00\x00\x00WAVEfmt ", "ogg": "OggS\x00\x02" + strings.Repeat("\x00", 22) + "\x01vorbis", "flac": "fLaC\x00\x00\x00\x22",
	}
}

func TestAFileIsWhatItsNameAndItsContentAgreeOn(t *testing.T) {
	all := samples(t)
	for extension, content := range all {
		got, k, err := kindOf("A File."+strings.ToUpper(extension), []byte(content))
		if err != nil || got != strings.Replace(extension, "jpeg", "jpg", 1) || k.mediaType == "" {
			t.Errorf("%s: %q %+v %v", extension, got, k, err)
		}
	}
	for _, extension := range Extensions() {
		if all[extension] == "" {
			t.Errorf("there is no sample of %s", extension)
		}
	}
	// Each pair of a name and the content of another kind is refused, but for these, which are what they say in both ways.
	same := func(a, b string) bool {
		for _, group := range []string{"jpg jpeg", "txt md csv svg rtf", "doc xls", "docx xlsx zip", "mp4 mov"} {
			if names := strings.Fields(group); contains(names, a) && contains(names, b) {
				return true
			}
		}
		return a == b
	}
	for name := range all {
		for content, data := range all {
			_, _, err := kindOf("x."+name, []byte(data))
			if same(name, content) && !(name == "rtf" && content != "rtf") {
				continue
			}
			if err == nil {
				t.Errorf("x.%s is taken with the content of a %s", name, content)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func TestOtherKindsAreRefused(t *testing.T) {
	for _, name := range []string{"x", "x.", ".png.", "x.html", "x.htm", "x.xhtml", "x.exe", "x.js", "x.sh", "x.png.exe", "x.svgz", "x.tiff", "x.psd", "x.png ", "x.png\x00"} {
		if _, _, err := kindOf(name, asPNG(t, quarters(8, 8, four))); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	for name, content := range map[string]string{
		"page.png": "<!DOCTYPE html><script>alert(1)</script>", "page.pdf": "<html>", "bytes.txt": "\x00\x01\x02\xff", "program.txt": "MZ\x90\x00\x03\x00\x00\x00\x04\x00",
		"picture.txt": string(asPNG(t, quarters(8, 8, four))), "photoshop.png": "8BPS\x00\x01", "heic.mp4": "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
	} {
		if _, _, err := kindOf(name, []byte(content)); err == nil && name != "heic.mp4" {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestNothingActiveIsShownByABrowser(t *testing.T) {
	for _, mediaType := range []string{"image/svg+xml", "text/html", "text/plain", "text/markdown", "text/csv", "application/zip", "application/msword", "image/bmp", "", "x"} {
		if Inline(mediaType) {
			t.Errorf("%s is shown", mediaType)
		}
	}
	for _, mediaType := range []string{"image/png", "image/jpeg", "image/gif", "image/webp", "audio/mpeg", "video/mp4"} {
		if !Inline(mediaType) {
			t.Errorf("%s is not shown", mediaType)
		}
	}
}

func TestANameIsALabelAndNothingMore(t *testing.T) {
	for name, want := range map[string]string{
		"report.pdf": "report.pdf", "../../etc/passwd.txt": "passwd.txt", `C:\Users\x\a.txt`: "a.txt", "/a/b/": "file", "": "file", ".": "file.", "..": "file.",
		"a\x00b.txt": "ab.txt", "a\r\nSet-Cookie: x.txt": "aSet-Cookie: x.txt", "photo\u202egpj.exe": "photogpj.exe", "Zürich 🦆.png": "Zürich 🦆.png",
		"a\xff.txt": "a.txt", ".htaccess": "file.htaccess", "CON": "CON", "  spaced .txt": "spaced.txt",
		strings.Repeat("ä", 3000) + ".png": strings.Repeat("ä", 125) + ".png",
	} {
		if got := cleanName(name); got != want {
			t.Errorf("%.40q becomes %q, want %q", name, got, want)
		}
	}
}

func TestANameInAHeaderIsEncoded(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt":                  `attachment; filename="a.txt"; filename*=UTF-8''a.txt`,
		"Zürich \"1\"; x=\\.txt": `attachment; filename="Z_rich _1_; x=_.txt"; filename*=UTF-8''Z%C3%BCrich%20%221%22%3B%20x%3D%5C.txt`,
		"100%.txt":               `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`,
		"a\r\nX: y":              `attachment; filename="a__X: y"; filename*=UTF-8''a%0D%0AX%3A%20y`,
	} {
		if got := Disposition(name, false); got != want {
			t.Errorf("%q:\n%s, want\n%s", name, got, want)
		}
	}
	if got := Disposition("a.png", true); !strings.HasPrefix(got, "inline; ") {
		t.Error(got)
	}
}
