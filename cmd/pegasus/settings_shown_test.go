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

func TestASettingThatFollowsFromOthersIsShownAsItHolds(t *testing.T) {
	for _, c := range []struct {
		environ []string
		want    map[string][2]string
	}{
		{nil, map[string][2]string{"PORT": {"8080", "default"}, "APP_URL": {"http://localhost:8080", "follows from DOMAIN or PORT"}, "LOG_LEVEL": {"info", "default"}, "OPENAI_BASE_URL": {"", "default"}}},
		{[]string{"DOMAIN=Chat.example.test"}, map[string][2]string{
			"DOMAIN": {"chat.example.test", "environment"}, "PORT": {"443", "follows from DOMAIN"}, "HOST": {"", "follows from DOMAIN"},
			"APP_URL": {"https://chat.example.test", "follows from DOMAIN or PORT"}, "HTTP_PORT": {"80", "default"},
		}},
		{[]string{"DOMAIN=chat.example.test", "PORT=8443", "APP_URL=https://chat.example.test:8443"}, map[string][2]string{
			"PORT": {"8443", "environment"}, "APP_URL": {"https://chat.example.test:8443", "environment"},
		}},
		{[]string{"OPENAI_API_KEY=sk-test", "OPENAI_MODEL=m"}, map[string][2]string{
			"OPENAI_BASE_URL": {"https://api.openai.com/v1", "follows from OPENAI_API_KEY"}, "OPENAI_API_KEY": {"", "environment"},
		}},
		{[]string{"MAIL_SERVER=mail.example.test", "MAIL_USERNAME=chat@example.test"}, map[string][2]string{
			"MAIL_FROM": {"chat@example.test", "follows from MAIL_USERNAME"},
		}},
		{[]string{"BACKUP_DIR=/backups", "BACKUP_EVERY=24h", "CORS_ORIGINS=https://a.test/,https://b.test"}, map[string][2]string{
			"BACKUP_DIR": {"/backups", "environment"}, "BACKUP_EVERY": {"24h", "environment"}, "CORS_ORIGINS": {"https://a.test,https://b.test", "environment"},
		}},
	} {
		s, err := read(t, c.environ...)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range s.shown() {
			if want, asked := c.want[one.Name]; asked && (one.Value != want[0] || one.Source != want[1]) {
				t.Errorf("with %v %s is shown as %q, %s", c.environ, one.Name, one.Value, one.Source)
			}
			delete(c.want, one.Name)
		}
		if len(c.want) > 0 {
			t.Errorf("not shown: %v", c.want)
		}
	}
}
