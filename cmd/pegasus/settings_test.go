package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pegasus/files"
)

// read reads settings in a directory without a .env.
func read(t *testing.T, environ ...string) (*settings, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	return readSettings(environ)
}

func TestWithoutSettingsThereAreWorkingDefaults(t *testing.T) {
	s, err := read(t)
	if err != nil {
		t.Fatal(err)
	}
	if s.address() != "127.0.0.1:8080" || s.appURL.String() != "http://localhost:8080" || s.production() || s.https() ||
		s.DataDir != "./data" || s.MongoDatabase != "chatapp" || s.SignUp != "open" || s.LogLevel != slog.LevelInfo || s.RateLimits != "on" || s.LinkPreviews != "on" {
		t.Errorf("got %+v", s)
	}
}

func TestEachBadValueStopsTheStartWithOneLineThatNamesTheSetting(t *testing.T) {
	const mongo, bucket = "MONGODB_URI=mongodb://db", "S3_BUCKET_NAME=files"
	const long = "APP_SECRET=a secret that is long enough for anyone"
	for _, c := range []struct {
		name    string
		environ []string
	}{
		{"PORT", []string{"PORT=http"}}, {"PORT", []string{"PORT=-1"}}, {"PORT", []string{"PORT=65536"}}, {"PORT", []string{"PORT=8080 "}},
		{"PORT", []string{"PORT=99999999999999999999"}},
		{"APP_ENV", []string{"APP_ENV=prod"}}, {"APP_ENV", []string{"APP_ENV=Production"}},
		{"SIGNUP", []string{"SIGNUP=yes"}}, {"RATE_LIMITS", []string{"RATE_LIMITS=no"}}, {"LINK_PREVIEWS", []string{"LINK_PREVIEWS=all"}},
		{"OPENAI_MODEL", []string{"OPENAI_BASE_URL=http://localhost:1/v1"}}, {"OPENAI_BASE_URL", []string{"OPENAI_BASE_URL=localhost"}}, {"GENERATOR_URL", []string{"GENERATOR_URL=ftp://x"}},
		{"AI_DAILY_TOKENS", []string{"AI_DAILY_TOKENS=-1"}}, {"AI_INPUT_PRICE", []string{"AI_INPUT_PRICE=NaN"}}, {"PUBLIC_GENERATE", []string{"PUBLIC_GENERATE=perhaps"}},
		{"RATE_LIMITS", []string{"RATE_LIMITS=off", "APP_ENV=production", long}},
		{"LOG_LEVEL", []string{"LOG_LEVEL=loud"}},
		{"APP_URL", []string{"APP_URL=chat.example.com"}}, {"APP_URL", []string{"APP_URL=ftp://chat.example.com"}},
		{"APP_URL", []string{"APP_URL=https://chat.example.com/path"}}, {"APP_URL", []string{"APP_URL=https://chat.example.com?x=1"}},
		{"APP_URL", []string{"APP_URL=https://chat.example.com#x"}}, {"APP_URL", []string{"APP_URL=https://user:pw@chat.example.com"}},
		{"APP_URL", []string{"APP_URL=https://"}}, {"APP_URL", []string{"APP_URL=https://:8080"}}, {"APP_URL", []string{"APP_URL=javascript:alert(1)"}},
		{"APP_URL", []string{"APP_URL=http://a b"}},
		{"CORS_ORIGINS", []string{"CORS_ORIGINS=*"}}, {"CORS_ORIGINS", []string{"CORS_ORIGINS=https://a.test,null"}},
		{"TRUSTED_PROXIES", []string{"TRUSTED_PROXIES=10.0.0.1"}}, {"TRUSTED_PROXIES", []string{"TRUSTED_PROXIES=10.0.0.0/8,everyone"}},
		{"TRUSTED_PROXIES", []string{"TRUSTED_PROXIES=10.0.0.0/33"}},
		{"MONGODB_URI", []string{"MONGODB_URI=localhost:27017"}}, {"MONGODB_URI", []string{"MONGODB_URI=postgres://user:hunter22@db"}},
		{"MAIL_PORT", []string{"MAIL_PORT=0"}}, {"MAIL_PORT", []string{"MAIL_PORT=smtp"}}, {"MAIL_USE_TLS", []string{"MAIL_USE_TLS=maybe"}},
		{"MAIL_FROM", []string{"MAIL_SERVER=mail.example.com"}}, {"MAIL_FROM", []string{"MAIL_SERVER=mail.example.com", "MAIL_FROM=nobody"}},
		{"REQUIRE_EMAIL_VERIFICATION", []string{"REQUIRE_EMAIL_VERIFICATION=sometimes"}},
		{"GITHUB_CLIENT_SECRET", []string{"GITHUB_CLIENT_ID=x"}}, {"GOOGLE_CLIENT_ID", []string{"GOOGLE_CLIENT_SECRET=x"}},
		{"OIDC_CLIENT_SECRET", []string{"OIDC_CLIENT_ID=x", "OIDC_ISSUER=https://id.example.com"}},
		{"OIDC_ISSUER", []string{"OIDC_CLIENT_ID=x", "OIDC_CLIENT_SECRET=y"}}, {"OIDC_ISSUER", []string{"OIDC_ISSUER=https://id.example.com"}},
		{"OIDC_ISSUER", []string{"OIDC_CLIENT_ID=x", "OIDC_CLIENT_SECRET=y", "OIDC_ISSUER=id.example.com"}},
		{"OIDC_ISSUER", []string{"OIDC_CLIENT_ID=x", "OIDC_CLIENT_SECRET=y", "OIDC_ISSUER=http://id.example.com", "APP_ENV=production", long}},
		{"GITHUB_BASE_URL", []string{"GITHUB_BASE_URL=git.example.com"}},
		{"MAX_CONTENT_LENGTH", []string{"MAX_CONTENT_LENGTH=0"}}, {"MAX_CONTENT_LENGTH", []string{"MAX_CONTENT_LENGTH=50MB"}},
		{"MAX_CONTENT_LENGTH", []string{"MAX_CONTENT_LENGTH=-1"}}, {"MAX_CONTENT_LENGTH", []string{"MAX_CONTENT_LENGTH=99999999999"}},
		{"S3_BUCKET_NAME", []string{"S3_BUCKET_NAME=a/b"}}, {"S3_BUCKET_NAME", []string{"S3_BUCKET_NAME=x"}},
		{"S3_ENDPOINT", []string{"S3_ENDPOINT=https://s3.example.com"}}, {"S3_ENDPOINT", []string{"S3_BUCKET_NAME=files", "S3_ENDPOINT=s3.example.com"}},
		{"S3_ENDPOINT", []string{"S3_BUCKET_NAME=files", "S3_ENDPOINT=https://s3.example.com/files"}},
		{"AWS_SECRET_ACCESS_KEY", []string{"S3_BUCKET_NAME=files", "AWS_ACCESS_KEY_ID=x"}},
		{"AWS_ACCESS_KEY_ID", []string{"S3_BUCKET_NAME=files", "AWS_SECRET_ACCESS_KEY=x"}},
		{"NATS_URL", []string{mongo, long, bucket, "NATS_URL=http://hunter22@nats:4222"}}, {"NATS_URL", []string{mongo, long, bucket, "NATS_URL=nats://a:4222,b:hunter22"}},
		{"MONGODB_URI", []string{"NATS_URL=nats://nats:4222", long, bucket}}, {"APP_SECRET", []string{"NATS_URL=nats://nats:4222", mongo, bucket}},
		{"S3_BUCKET_NAME", []string{"NATS_URL=nats://nats:4222", mongo, long}},
		{"DOMAIN", []string{"NATS_URL=nats://nats:4222", mongo, long, bucket, "DOMAIN=chat.example.com"}},
		{"PROXY_SECRET", []string{"PROXY_SECRET=short", "TRUSTED_PROXIES=10.0.0.0/8"}},
		{"PROXY_SECRET", []string{"PROXY_SECRET=a secret that is long enough for anyone"}},
		{"NEXTAUTH_SECRET", []string{"APP_ENV=production", long, "NEXTAUTH_SECRET=short"}},
		{"APP_SECRET", []string{"APP_ENV=production", "APP_SECRET=short"}},
		{"APP_SECRET", []string{"APP_ENV=production", "APP_SECRET=" + knownSecret}},
		{"APP_SECRET", []string{"APP_ENV=production", "NEXTAUTH_SECRET=development-secret-change-in-production"}},
	} {
		_, err := read(t, c.environ...)
		if err == nil {
			t.Errorf("%v is taken", c.environ)
			continue
		}
		if text := err.Error(); !strings.Contains(text, c.name) || strings.Contains(text, "\n") || len(text) > 200 {
			t.Errorf("%v: %q does not name %s in one line", c.environ, text, c.name)
		}
		if strings.Contains(err.Error(), "hunter22") || strings.Contains(err.Error(), "=short") || strings.Contains(err.Error(), knownSecret) {
			t.Errorf("%v: the line holds a secret: %v", c.environ, err)
		}
	}
}

func TestNamesOfTheReplacedSystemsStandIn(t *testing.T) {
	for _, c := range []struct {
		environ     []string
		secret, url string
	}{
		{[]string{"BETTER_AUTH_SECRET=b", "BETTER_AUTH_URL=https://b.test"}, "b", "https://b.test"},
		{[]string{"NEXTAUTH_SECRET=n", "NEXTAUTH_URL=https://n.test/"}, "n", "https://n.test"},
		{[]string{"SECRET_KEY=s"}, "s", "http://localhost:8080"},
		{[]string{"SECRET_KEY=s", "NEXTAUTH_SECRET=n", "BETTER_AUTH_SECRET=b", "NEXTAUTH_URL=https://n.test", "BETTER_AUTH_URL=https://b.test"}, "b", "https://b.test"},
		{[]string{"APP_SECRET=a", "BETTER_AUTH_SECRET=b", "APP_URL=https://a.test", "BETTER_AUTH_URL=https://b.test"}, "a", "https://a.test"},
		{[]string{"APP_SECRET=", "SECRET_KEY=s"}, "s", "http://localhost:8080"},
		{[]string{"PORT=9000"}, "", "http://localhost:9000"},
	} {
		s, err := read(t, c.environ...)
		if err != nil || s.AppSecret != c.secret || s.appURL.String() != c.url {
			t.Errorf("%v: secret %q, address %v, %v", c.environ, s.AppSecret, s.appURL, err)
		}
	}
}

func TestListsMayHaveSpacesAndSlashes(t *testing.T) {
	s, err := read(t, "TRUSTED_PROXIES=10.0.0.0/8, 2001:db8::/32", "CORS_ORIGINS=https://a.test/, http://localhost:3000")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.TrustedProxies, []string{"10.0.0.0/8", "2001:db8::/32"}) || !slices.Equal(s.CORSOrigins, []string{"https://a.test", "http://localhost:3000"}) {
		t.Errorf("got %q and %q", s.TrustedProxies, s.CORSOrigins)
	}
}

func TestTheEnvironmentStandsOverTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte("PORT=1234\nHOST=0.0.0.0\nSIGNUP=closed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := readSettings([]string{"PORT=4321"})
	if err != nil || s.address() != "0.0.0.0:4321" || s.SignUp != "closed" {
		t.Errorf("%+v, %v", s, err)
	}
	if err := os.WriteFile(".env", []byte("'broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readSettings(nil); err == nil || !strings.Contains(err.Error(), ".env") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a broken file: %v", err)
	}
}

func TestDevelopmentTakesAnySecretAndProductionOnlyAGoodOne(t *testing.T) {
	for _, environ := range [][]string{
		{"APP_SECRET=short"}, {"APP_SECRET=" + knownSecret}, {"APP_ENV=production"},
		{"APP_ENV=production", "APP_SECRET=" + strings.Repeat("x", minSecret)},
	} {
		if _, err := read(t, environ...); err != nil {
			t.Errorf("%v: %v", environ, err)
		}
	}
}

func TestTheSecretIsMadeOnceForTheOwnerAloneAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	s := &settings{DataDir: dir}
	first, err := s.secret()
	if err != nil || len(first) < 43 { // 256 bits and more, five a character
		t.Fatalf("%d characters, %v", len(first), err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "secret"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s has the mode %v, %v", path, info.Mode(), err)
		}
	}
	if again, err := s.secret(); err != nil || string(again) != string(first) {
		t.Errorf("asked again it is another: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
	other, err := (&settings{DataDir: t.TempDir()}).secret()
	if err != nil || string(other) == string(first) {
		t.Errorf("two servers share a secret: %v", err)
	}
}

func TestASecretThatIsSetIsUsedAndNotWrittenDown(t *testing.T) {
	dir := t.TempDir()
	got, err := (&settings{DataDir: dir, AppSecret: "mine"}).secret()
	if files, _ := os.ReadDir(dir); err != nil || string(got) != "mine" || len(files) != 0 {
		t.Errorf("%q, %v, %v", got, err, files)
	}
}

func TestADamagedSecretIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "secret")
	for _, kept := range []string{"", "short"} {
		if err := os.WriteFile(file, []byte(kept), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (&settings{DataDir: dir}).secret(); err == nil || !strings.Contains(err.Error(), "APP_SECRET") {
			t.Errorf("%q: %v", kept, err)
		}
		if now, _ := os.ReadFile(file); string(now) != kept {
			t.Errorf("%q became %q", kept, now)
		}
	}
	blocked := filepath.Join(dir, "file")
	os.WriteFile(blocked, nil, 0o600)
	if _, err := (&settings{DataDir: filepath.Join(blocked, "data")}).secret(); err == nil {
		t.Error("a data directory inside a file")
	}
}

func TestFilesLieWhereTheSettingsSayAndNoServerIsAskedAtStart(t *testing.T) {
	s, err := read(t, "S3_BUCKET_NAME=files", "S3_ENDPOINT=http://127.0.0.1:1/", "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s", "MAX_CONTENT_LENGTH=1048576")
	if err != nil || s.MaxContentLength != 1<<20 || s.AWSRegion != "us-east-1" || s.S3Endpoint != "http://127.0.0.1:1" {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, bucket := range []bool{true, false} {
		if !bucket {
			s.S3Bucket, s.DataDir = "", t.TempDir()
		}
		uploads, avatars, err := s.openBlobs()
		if err != nil {
			t.Fatal(err)
		}
		for _, blobs := range []files.Blobs{uploads, avatars} {
			if _, there := blobs.(*files.S3); there != bucket {
				t.Errorf("files are in %T", blobs)
			}
			if err := blobs.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
