// Command sbom lists what a program was built of, in the form of CycloneDX 1.6: the Go modules that the linker put into it, as the program
// itself says, and the npm packages whose files are built into it.
//
//	go run ./internal/sbom bin/pegasus >bin/pegasus.cdx.json
package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// shipped are the npm packages of which something is in the program; the others only take part in building or testing it.
var shipped = []string{"@fontsource-variable/inter", "@fontsource/jetbrains-mono", "@zxcvbn-ts/language-common", "daisyui", "htmx.org", "lucide-static", "tailwindcss"}

type document struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type     string    `json:"type"`
	Ref      string    `json:"bom-ref"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	PURL     string    `json:"purl,omitempty"`
	Hashes   []hash    `json:"hashes,omitempty"`
	Licenses []license `json:"licenses,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type license struct {
	Expression string `json:"expression"`
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: sbom PROGRAM, in the folder with package-lock.json")
	}
	info, err := buildinfo.ReadFile(args[0])
	if err != nil {
		return err
	}
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		return err
	}
	version, err := versionOf(args[0])
	if err != nil {
		return err
	}
	d, err := describe(info, version, lock)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err == nil {
		_, err = out.Write(append(text, '\n'))
	}
	return err
}

func describe(info *debug.BuildInfo, version string, lock []byte) (document, error) {
	d := document{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{component{
		Type: "application", Ref: info.Main.Path, Name: info.Main.Path, Version: version,
	}}}
	d.Components = append(d.Components, goComponent("std", strings.TrimPrefix(info.GoVersion, "go"), ""))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		d.Components = append(d.Components, goComponent(m.Path, m.Version, m.Sum))
	}
	packages, err := npmComponents(lock)
	d.Components = append(d.Components, packages...)
	slices.SortFunc(d.Components, func(a, b component) int { return cmp.Compare(a.Ref, b.Ref) })
	return d, err
}

// versionOf asks a program for its version: with -trimpath Go records nothing of what the linker was told.
func versionOf(program string) (string, error) {
	path, err := filepath.Abs(program)
	if err != nil {
		return "", err
	}
	out, err := exec.Command(path, "version").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", program, err)
	}
	_, version, found := strings.Cut(strings.TrimSpace(string(out)), " ")
	if !found {
		return "", fmt.Errorf("%s does not say its version", program)
	}
	return version, nil
}

// goComponent describes a module. Its sum (golang.org/ref/mod#go-sum-files) is the SHA-256 of the list of its files.
func goComponent(path, version, sum string) component {
	c := component{Type: "library", Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + version}
	c.Ref = c.PURL
	c.Hashes = hashOf("SHA-256", strings.TrimPrefix(sum, "h1:"))
	return c
}

func hashOf(algorithm, content string) []hash {
	sum, err := base64.StdEncoding.DecodeString(content)
	if err != nil || len(sum) == 0 {
		return nil
	}
	return []hash{{algorithm, hex.EncodeToString(sum)}}
}

func npmComponents(lock []byte) (all []component, err error) {
	var read struct {
		Packages map[string]struct{ Version, Integrity, License string }
	}
	if err := json.Unmarshal(lock, &read); err != nil {
		return nil, err
	}
	for _, name := range shipped {
		p, locked := read.Packages["node_modules/"+name]
		if !locked {
			return nil, fmt.Errorf("package-lock.json has no %s", name)
		}
		c := component{Type: "library", Name: name, Version: p.Version, PURL: "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version}
		c.Ref = c.PURL
		c.Hashes = hashOf("SHA-512", strings.TrimPrefix(p.Integrity, "sha512-"))
		if p.License != "" {
			c.Licenses = []license{{p.License}}
		}
		all = append(all, c)
	}
	return all, nil
}
