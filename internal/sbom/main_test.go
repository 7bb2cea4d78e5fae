package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestWhatAProgramWasBuiltOfIsListedWithItsSums(t *testing.T) {
	lock, err := os.ReadFile("../../package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	sum := "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	d, err := describe(&debug.BuildInfo{
		GoVersion: "go1.26.0", Main: debug.Module{Path: "pegasus", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: "example.test/b/v2", Version: "v2.0.1", Sum: sum},
			{Path: "example.test/a", Version: "v1.0.0", Sum: sum, Replace: &debug.Module{Path: "example.test/fork", Version: "v1.0.1", Sum: sum}},
		},
	}, "1.2.3-4-gabc", lock)
	if err != nil {
		t.Fatal(err)
	}
	if d.Metadata.Component.Version != "1.2.3-4-gabc" || d.Format != "CycloneDX" {
		t.Errorf("it describes %+v", d.Metadata)
	}
	found := map[string]component{}
	for i, c := range d.Components {
		found[c.Name] = c
		if c.Ref == "" || c.Version == "" || i > 0 && c.Ref <= d.Components[i-1].Ref {
			t.Errorf("%d: %+v", i, c)
		}
	}
	if b := found["example.test/b/v2"]; b.PURL != "pkg:golang/example.test/b/v2@v2.0.1" ||
		b.Hashes[0] != (hash{"SHA-256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}) {
		t.Errorf("%+v", b)
	}
	if _, replaced := found["example.test/a"]; replaced || found["example.test/fork"].Version != "v1.0.1" || found["std"].Version != "1.26.0" {
		t.Error("what was built is not what is listed")
	}
	if inter := found["@fontsource-variable/inter"]; !strings.HasPrefix(inter.PURL, "pkg:npm/%40fontsource-variable/inter@") || len(inter.Hashes) != 1 ||
		len(inter.Hashes[0].Content) != 128 || inter.Licenses[0].Expression != "OFL-1.1" {
		t.Errorf("%+v", inter)
	}
	if len(found) != 3+len(shipped) {
		t.Errorf("%d are listed", len(found))
	}
}

func TestTheVersionIsThatOfAProgramAsMakeBuildsIt(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, line, found := strings.Cut(string(makefile), "\nGOFLAGS_BUILD := ")
	line, _, _ = strings.Cut(line, "\n")
	trim, link, quoted := strings.Cut(strings.TrimSuffix(strings.ReplaceAll(line, "$(VERSION)", "1.2.3-4-gabc"), `"`), ` -ldflags "`)
	if !found || !quoted || trim != "-trimpath" {
		t.Fatalf("the flags are %q", line)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.test/program\n",
		"main.go": "package main\n\nimport \"fmt\"\n\nvar version = \"dev\"\n\nfunc main() { fmt.Println(\"pegasus \" + version) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", trim, "-ldflags", link, "-o", "program", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Chdir("../..")
	var out bytes.Buffer
	if err := run([]string{filepath.Join(dir, "program")}, &out); err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(out.Bytes(), &d); err != nil || d.Metadata.Component.Version != "1.2.3-4-gabc" {
		t.Errorf("%v: it is of %+v", err, d.Metadata.Component)
	}
}

// Whoever adds a package says whether something of it is in the program.
func TestEveryPackageIsShippedOrOnlyUsedToBuild(t *testing.T) {
	text, err := os.ReadFile("../../package.json")
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"@tailwindcss/cli": true, "axe-core": true}
	for _, name := range shipped {
		known[name] = true
	}
	for name := range read.DevDependencies {
		if !known[name] {
			t.Errorf("nothing says whether %s is in the program", name)
		}
	}
	if len(read.Dependencies) > 0 {
		t.Errorf("%v: they belong among the others", read.Dependencies)
	}
}
