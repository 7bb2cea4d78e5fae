package main

import (
	"encoding/json"
	"os"
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
		Settings: []debug.BuildSetting{{Key: "-ldflags", Value: `-s -w -X main.version=1.2.3-4-gabc`}},
	}, lock)
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
