package main

import (
	"maps"
	"strings"
	"testing"

	"pegasus/views"
)

func TestSettingsAreShownWithTheirSourceAndSecretsAreNot(t *testing.T) {
	t.Chdir(t.TempDir())
	const hidden = "a-canary-that-nobody-may-read-anywhere"
	environ := []string{"PORT=8181", "TRUSTED_PROXIES=10.0.0.0/8", "S3_ENDPOINT=", "BETTER_AUTH_SECRET=" + hidden, "GENERATOR_URL=https://ada:" + hidden + "@generator.test/"}
	for _, name := range []string{
		"OPENAI_API_KEY", "EXTERNAL_API_KEY", "EMBEDDINGS_API_KEY", "NEXTAUTH_SECRET", "PROXY_SECRET", "MAIL_PASSWORD", "AWS_SESSION_TOKEN", "METRICS_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS",
	} {
		environ = append(environ, name+"="+hidden)
	}
	s, err := readSettings(append(environ, "OPENAI_BASE_URL=http://model.test", "OPENAI_MODEL=m", "MONGODB_URI=mongodb://ada:"+hidden+"@db.test/"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]views.Setting{}
	for _, one := range s.shown() {
		all[one.Name] = one
		if strings.Contains(one.Value, hidden) {
			t.Errorf("%s shows its secret", one.Name)
		}
		if one.Secret != (secretName.MatchString(one.Name)) || one.Secret && one.Value != "" {
			t.Errorf("%+v", one)
		}
	}
	if p := all["PORT"]; p.Value != "8181" || p.Source != "environment" || p.Group != groupServer || p.About == "" {
		t.Errorf("%+v", p)
	}
	if p := all["HOST"]; p.Value != "127.0.0.1" || p.Source != "default" {
		t.Errorf("%+v", p)
	}
	if p := all["APP_SECRET"]; !p.Secret || !p.Set || p.Source != "environment, as BETTER_AUTH_SECRET" {
		t.Errorf("%+v", p)
	}
	if p := all["MAIL_PASSWORD"]; !p.Set {
		t.Errorf("%+v", p)
	}
	if p := all["AWS_SECRET_ACCESS_KEY"]; p.Set || p.Source != "default" {
		t.Errorf("%+v", p)
	}
}

func TestEverySettingSaysWhatItIsFor(t *testing.T) {
	s, err := read(t)
	if err != nil {
		t.Fatal(err)
	}
	told := maps.Clone(settingAbout)
	for _, one := range s.shown() {
		if one.About == "" || one.Group == "" {
			t.Errorf("nothing says what %s is for", one.Name)
		}
		delete(told, one.Name)
	}
	for name := range told {
		t.Errorf("%s is told of, and nobody reads it", name)
	}
}
