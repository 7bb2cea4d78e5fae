// Command build makes static/dist: it bundles the scripts, runs Tailwind, gathers the icons and fonts that npm brought,
// names each file by its content and packs what packs well. Run it from the root of the module.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"pegasus/emoji"
)

const (
	dist    = "static/dist"
	modules = "node_modules"
)

var fonts = map[string]string{
	"inter.woff2":     "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
	"jetbrains.woff2": "@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2",
}

// icons are the Lucide icons that the pages use, by name.
var icons = []string{
	"activity", "gauge",
	"bell", "bell-off", "calendar",
	"arrow-down", "arrow-left", "arrow-up", "bold", "check", "circle-alert", "clock", "code", "compass", "copy", "download",
	"archive", "flag", "megaphone", "star", "folder-input", "list-tree", "chevron-down", "volume-x", "ellipsis", "eye", "eye-off", "file", "fingerprint", "hash", "inbox", "info", "italic", "key-round", "link", "lock", "log-in", "log-out", "mail", "menu",
	"message-square", "monitor", "moon", "paperclip", "pencil", "plus", "printer", "search", "send", "settings", "shield",
	"shield-check", "sun", "trash-2", "user", "user-plus", "users", "wifi-off", "x",
	"bookmark", "bookmark-check", "forward", "history", "pin", "pin-off", "smile-plus",
	"arrow-right", "file-archive", "file-text", "film", "image", "list", "music", "sparkles", "square-code", "strikethrough", "text-quote", "zoom-in",
}

// appIcons are the pictures of the installed app, drawn from logo.svg. The maskable one keeps its sign within the inner 80 %.
var appIcons = []string{"icon-192.png", "icon-512.png", "maskable-512.png", "touch-180.png"}

func main() {
	log.SetFlags(0)
	if err := build(); err != nil {
		log.Fatal("static/build: ", err)
	}
}

func build() error {
	out := &output{names: map[string]string{}}
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	for name, source := range fonts {
		data, err := os.ReadFile(filepath.Join(modules, source))
		if err != nil {
			return fmt.Errorf("a font is missing, run npm ci: %w", err)
		}
		if err := out.put(name, data); err != nil {
			return err
		}
	}
	sprite, err := iconSprite()
	if err != nil {
		return err
	}
	if err := out.put("icons.svg", sprite); err != nil {
		return err
	}
	logo, err := os.ReadFile("static/logo.svg")
	if err != nil {
		return err
	}
	if err := out.put("logo.svg", logo); err != nil {
		return err
	}
	for _, name := range appIcons {
		data, err := os.ReadFile("static/icons/" + name)
		if err != nil {
			return err
		}
		if err := out.put(name, data); err != nil {
			return err
		}
	}
	choice, err := emoji.JSON()
	if err != nil {
		return err
	}
	if err := out.put("emoji.json", choice); err != nil {
		return err
	}
	if err := out.scripts(); err != nil {
		return err
	}
	if err := out.styles(); err != nil {
		return err
	}
	manifest, err := json.MarshalIndent(out.names, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, "manifest.json"), manifest, 0o644)
}

// output remembers under which name each file was written.
type output struct {
	names map[string]string
}

func (o *output) put(name string, data []byte) error {
	sum := sha256.Sum256(data)
	ext := filepath.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	o.names[name] = hashed
	if err := os.WriteFile(filepath.Join(dist, hashed), data, 0o644); err != nil {
		return err
	}
	if ext == ".woff2" || ext == ".png" {
		return nil // packed already
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, hashed+".gz"), packed.Bytes(), 0o644)
}

func (o *output) scripts() error {
	if err := o.bundle(api.FormatIIFE, "static/js/app.js", "static/js/theme.js"); err != nil {
		return err
	}
	// What is imported only when somebody asks for it.
	if err := o.bundle(api.FormatESModule, "static/js/picker.js", "static/js/workbench.js", "static/js/editor.js", "static/js/push.js", "static/js/reword.js", "static/js/own.js", "static/js/passkey.js"); err != nil {
		return err
	}
	return o.bundle(api.FormatIIFE, "static/js/sw.js")
}

func (o *output) bundle(format api.Format, sources ...string) error {
	result := api.Build(api.BuildOptions{
		EntryPoints: sources,
		Outdir:      dist,
		Bundle:      true, MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Format: format, Target: api.ES2022, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%s", strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), "\n"))
	}
	for _, f := range result.OutputFiles {
		if err := o.put(filepath.Base(f.Path), f.Contents); err != nil {
			return err
		}
	}
	return nil
}

func (o *output) styles() error {
	cmd := exec.Command(filepath.Join(modules, ".bin", "tailwindcss"), "-i", "static/css/app.css", "--minify")
	var css, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &css, &complaints
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("tailwindcss: %w\n%s", err, complaints.String())
	}
	sheet := css.String()
	for name := range fonts {
		sheet = strings.ReplaceAll(sheet, "fonts/"+name, "/static/"+o.names[name])
	}
	if err := o.put("app.css", []byte(sheet)); err != nil {
		return err
	}
	return o.bundle(api.FormatDefault, "static/css/apart.css")
}

var (
	comment = regexp.MustCompile(`(?s)<!--.*?-->`)
	outer   = regexp.MustCompile(`(?s)^\s*<svg[^>]*>(.*)</svg>\s*$`)
)

// iconSprite puts the icons into one file, each a symbol with the icon's name as its id.
func iconSprite() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, name := range icons {
		data, err := os.ReadFile(filepath.Join(modules, "lucide-static/icons", name+".svg"))
		if err != nil {
			return nil, err
		}
		inner := outer.FindSubmatch(comment.ReplaceAll(data, nil))
		if inner == nil {
			return nil, fmt.Errorf("icon %s is not one svg element", name)
		}
		shapes := strings.Join(strings.Fields(string(inner[1])), " ")
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, name, shapes)
	}
	b.WriteString(`</svg>`)
	return b.Bytes(), nil
}
