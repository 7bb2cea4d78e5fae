package brand_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/brand"
	"pegasus/fault"
)

// world is a service over a store and pictures in memory.
type world struct {
	*brand.Service
	settings map[string]string
	pictures []string // the keys of those that are kept
	log      []accounts.Event
	full     bool // the store takes nothing more
}

func newWorld() *world {
	w := &world{settings: map[string]string{}}
	w.Service = brand.NewService(brand.Options{
		Store: w, Pictures: w, Now: time.Now, Record: func(_ context.Context, e accounts.Event) { w.log = append(w.log, e) },
		Failed: func(context.Context, string, error) {},
	})
	return w
}

func (w *world) Setting(_ context.Context, name string) (string, error) {
	if text, there := w.settings[name]; there {
		return text, nil
	}
	return "", accounts.ErrNoSetting
}

func (w *world) PutSetting(_ context.Context, name, value string) error {
	if w.full {
		return errors.New("no room")
	}
	w.settings[name] = value
	return nil
}

func (w *world) PutLogo(_ context.Context, picture io.Reader) (string, error) {
	name, err := io.ReadAll(picture)
	w.pictures = append(w.pictures, string(name))
	return string(name), err
}

func (w *world) Remove(_ context.Context, key string) error {
	w.pictures = slices.DeleteFunc(w.pictures, func(kept string) bool { return kept == key })
	return nil
}

var boss = accounts.User{ID: "b", Role: accounts.RoleAdmin}

func TestAWorkspaceHasANameALogoAndAColourUntilTheyAreReset(t *testing.T) {
	w := newWorld()
	b, err := w.Change(t.Context(), boss, brand.Change{Name: new(" Acme "), Accent: new("0F7"), Logo: strings.NewReader("one")})
	if err != nil || b.Name() != "Acme" || b.Letter() != "A" || b.Accent != "#00ff77" || b.Logo != "one" {
		t.Fatalf("it is %+v, %v", b, err)
	}
	if b, err = w.Change(t.Context(), boss, brand.Change{Logo: strings.NewReader("two")}); err != nil || b.Name() != "Acme" || !slices.Equal(w.pictures, []string{"two"}) {
		t.Errorf("it is %+v with %v, %v", b, w.pictures, err)
	}
	if b, err = w.Reset(t.Context(), boss); err != nil || b != (brand.Brand{}) || b.Name() != "Pegasus" || len(w.pictures) != 0 {
		t.Errorf("it is %+v with %v, %v", b, w.pictures, err)
	}
	if _, err := w.Reset(t.Context(), boss); err != nil || len(w.log) != 3 {
		t.Errorf("%d changes are in the log, %v", len(w.log), err)
	}
}

func TestWhatCannotBeTheLookIsRefused(t *testing.T) {
	w := newWorld()
	for field, change := range map[string]brand.Change{
		"name": {Name: new("a\nb")}, "accent": {Accent: new("red")},
	} {
		if _, err := w.Change(t.Context(), boss, change); fault.From(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := w.Change(t.Context(), accounts.User{ID: "a"}, brand.Change{Name: new("Mine")}); !fault.Is(err, fault.Forbidden) {
		t.Error(err)
	}
	w.full = true
	if _, err := w.Change(t.Context(), boss, brand.Change{Logo: strings.NewReader("one")}); err == nil || len(w.pictures) != 0 {
		t.Errorf("%v, and %v is left", err, w.pictures)
	}
}
