package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestFromFindsTheFailureInsideAnError(t *testing.T) {
	known := New(NotFound, "GONE", "It is gone.")
	for name, err := range map[string]error{
		"itself": known, "wrapped": fmt.Errorf("read: %w", known), "joined": errors.Join(errors.New("x"), known),
		"twice": fmt.Errorf("a: %w", fmt.Errorf("b: %w", known)),
	} {
		if From(err) != known || !Is(err, NotFound) || Is(err, Conflict) {
			t.Errorf("%s: got %v", name, From(err))
		}
	}
}

func TestAForeignErrorIsInternalAndItsTextIsForTheLogOnly(t *testing.T) {
	foreign := errors.New("disk /var/lib at 0xdead failed")
	f := From(foreign)
	if f.Kind != Internal || !Is(foreign, Internal) || f.Code != "INTERNAL" {
		t.Fatalf("got %+v", f)
	}
	if strings.Contains(f.Message, "disk") {
		t.Error("the message for people holds the cause")
	}
	if !strings.Contains(f.Error(), "disk") || !errors.Is(f, foreign) {
		t.Error("the log loses the cause")
	}
}

func TestNoErrorIsNoFailure(t *testing.T) {
	if From(nil) != nil {
		t.Error("From(nil) is an error")
	}
	for kind := Internal; kind <= Full; kind++ {
		if Is(nil, kind) {
			t.Errorf("nil is of kind %d", kind)
		}
	}
}

func TestFieldAndAwaySayWhatADoorNeeds(t *testing.T) {
	if f := Field("name", "NAME_REQUIRED", "Please enter a name."); f.Kind != Invalid || f.Field != "name" || f.Err != nil {
		t.Errorf("Field: %+v", f)
	}
	cause := errors.New("refused")
	if f := Away("AWAY", "Later.", cause); f.Kind != Unavailable || f.RetryAfter <= 0 || !errors.Is(f, cause) {
		t.Errorf("Away: %+v", f)
	}
}
