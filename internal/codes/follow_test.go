package main

import (
	"os"
	"strings"
	"testing"
)

func TestTheListIsAsTheSourcesAre(t *testing.T) {
	text, err := list("../..")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("../../" + target)
	if err != nil || string(kept) != string(text) {
		t.Errorf("%s is old: run go generate ./api (%v)", target, err)
	}
	for _, line := range []string{
		"GET /api/users/search Invalid QUERY_REQUIRED", "POST /api/chat/channels Conflict ALREADY_MEMBER CHANNEL_EXISTS",
		"PUT /api/users/me Conflict CHANGED_MEANWHILE EMAIL_TAKEN USERNAME_TAKEN", // by a function that makes them
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("%q is missing", line)
		}
	}
}
