package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"pegasus/accounts"
)

// settings are read from the environment once, at start. The tags give names and defaults; README.md describes them.
type settings struct {
	Host            string              `env:"HOST" envDefault:"127.0.0.1"`
	Port            int                 `env:"PORT" envDefault:"8080"`
	AppURL          string              `env:"APP_URL"`
	AppEnv          string              `env:"APP_ENV" envDefault:"development"`
	AppSecret       string              `env:"APP_SECRET"`
	DataDir         string              `env:"DATA_DIR" envDefault:"./data"`
	MongoURI        string              `env:"MONGODB_URI"`
	MongoDatabase   string              `env:"MONGODB_DB_NAME" envDefault:"chatapp"`
	NATSURL         string              `env:"NATS_URL"`
	TrustedProxies  []string            `env:"TRUSTED_PROXIES"`
	CORSOrigins     []string            `env:"CORS_ORIGINS"`
	SignUp          accounts.SignUpMode `env:"SIGNUP" envDefault:"open"`
	LogLevel        slog.Level          `env:"LOG_LEVEL" envDefault:"info"`
	RateLimits      string              `env:"RATE_LIMITS" envDefault:"on"`
	LinkPreviews    string              `env:"LINK_PREVIEWS" envDefault:"on"`
	EmbeddingsURL   string              `env:"EMBEDDINGS_BASE_URL"`
	EmbeddingsKey   string              `env:"EMBEDDINGS_API_KEY"`
	EmbeddingsModel string              `env:"EMBEDDINGS_MODEL" envDefault:"text-embedding-3-small"`

	HookNetworks []string `env:"WEBHOOK_NETWORKS"`

	// What answers in the workbench: a Pegasus back end where GeneratorURL is set, else a model, else templates alone.
	GeneratorURL   string `env:"GENERATOR_URL"`
	GeneratorKey   string `env:"EXTERNAL_API_KEY"`
	ModelURL       string `env:"OPENAI_BASE_URL"`
	ModelKey       string `env:"OPENAI_API_KEY"`
	Model          string `env:"OPENAI_MODEL"`
	PluginApproval string `env:"PLUGIN_APPROVAL" envDefault:"off"`
	PublicGenerate bool   `env:"PUBLIC_GENERATE" envDefault:"false"`

	// What models may be used for on a day, in tokens, and what a million tokens costs.
	PersonTokens    int64   `env:"AI_DAILY_TOKENS" envDefault:"500000"`
	WorkspaceTokens int64   `env:"AI_DAILY_TOKENS_ALL" envDefault:"0"`
	InputPrice      float64 `env:"AI_INPUT_PRICE" envDefault:"0"`
	OutputPrice     float64 `env:"AI_OUTPUT_PRICE" envDefault:"0"`
	Currency        string  `env:"AI_CURRENCY" envDefault:"USD"`

	// JWTSecret is read for itself, beside standing in for AppSecret.
	JWTSecret   string `env:"NEXTAUTH_SECRET"`
	ProxySecret string `env:"PROXY_SECRET"`

	RequireVerification bool `env:"REQUIRE_EMAIL_VERIFICATION" envDefault:"false"`

	MailServer   string `env:"MAIL_SERVER"`
	MailPort     int    `env:"MAIL_PORT" envDefault:"587"`
	MailTLS      bool   `env:"MAIL_USE_TLS" envDefault:"true"`
	MailUsername string `env:"MAIL_USERNAME"`
	MailPassword string `env:"MAIL_PASSWORD"`
	MailFrom     string `env:"MAIL_FROM"`

	GitHubID      string `env:"GITHUB_CLIENT_ID"`
	GitHubSecret  string `env:"GITHUB_CLIENT_SECRET"`
	GitHubBaseURL string `env:"GITHUB_BASE_URL"`
	GoogleID      string `env:"GOOGLE_CLIENT_ID"`
	GoogleSecret  string `env:"GOOGLE_CLIENT_SECRET"`
	OIDCIssuer    string `env:"OIDC_ISSUER"`
	OIDCID        string `env:"OIDC_CLIENT_ID"`
	OIDCSecret    string `env:"OIDC_CLIENT_SECRET"`

	Backups   backups
	Certified certified

	MaxContentLength int64  `env:"MAX_CONTENT_LENGTH" envDefault:"52428800"`
	S3Bucket         string `env:"S3_BUCKET_NAME"`
	S3Endpoint       string `env:"S3_ENDPOINT"`
	AWSRegion        string `env:"AWS_REGION" envDefault:"us-east-1"`
	AWSKey           string `env:"AWS_ACCESS_KEY_ID"`
	AWSSecret        string `env:"AWS_SECRET_ACCESS_KEY"`
	AWSToken         string `env:"AWS_SESSION_TOKEN"`

	Watching

	appURL *url.URL
	given  map[string]given // what was set, by name
}

// standIns are the names that the replaced systems had for a setting, in the order in which they are asked.
var standIns = map[string][]string{
	"APP_SECRET": {"BETTER_AUTH_SECRET", "NEXTAUTH_SECRET", "SECRET_KEY"},
	"APP_URL":    {"BETTER_AUTH_URL", "NEXTAUTH_URL"},
}

// knownSecret is the default that one of the replaced systems was published with.
const knownSecret = "development-secret-change-in-production"

const minSecret = 32

func (s *settings) production() bool { return s.AppEnv == "production" }

// https reports whether people reach the server by https.
func (s *settings) https() bool { return s.appURL.Scheme == "https" }

// proxies returns the networks of TRUSTED_PROXIES, which check has read already.
func (s *settings) proxies() []netip.Prefix {
	return prefixes(s.TrustedProxies)
}

// prefixes are networks that check has read already.
func prefixes(cidrs []string) []netip.Prefix {
	networks := make([]netip.Prefix, len(cidrs))
	for i, cidr := range cidrs {
		networks[i] = netip.MustParsePrefix(cidr)
	}
	return networks
}

func (s *settings) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// readSettings reads environ, and for what it leaves out the file .env where there is one. The error is one line that
// names the setting.
func readSettings(environ []string) (*settings, error) {
	values, err := godotenv.Read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read .env: %w", err)
	}
	if values == nil {
		values = map[string]string{}
	}
	set := env.ToMap(environ)
	s := &settings{given: whence(values, set)}
	maps.Copy(values, set)
	for name, others := range standIns {
		for _, other := range others {
			if values[name] == "" {
				values[name] = values[other]
			}
		}
	}
	if err := env.ParseWithOptions(s, env.Options{Environment: values}); err != nil {
		return nil, badValue(err)
	}
	return s, s.check()
}

// badValue names the setting in an error of the parser, which knows only our field.
func badValue(err error) error {
	var parse env.ParseError
	if errors.As(err, &parse) {
		if field, known := reflect.TypeFor[settings]().FieldByName(parse.Name); known {
			return fmt.Errorf("%s has a bad value: %w", field.Tag.Get("env"), parse.Err)
		}
	}
	return errors.New(strings.ReplaceAll(err.Error(), "\n", " "))
}

func (s *settings) check() error {
	if s.EmbeddingsURL != "" && !isWeb(s.EmbeddingsURL) {
		return errors.New("EMBEDDINGS_BASE_URL must be an http or https address")
	}
	if s.Port < 0 || s.Port > 65535 {
		return fmt.Errorf("PORT must be from 0 to 65535, not %d", s.Port)
	}
	for name, choice := range map[string]struct {
		value string
		of    []string
	}{
		"APP_ENV":         {s.AppEnv, []string{"development", "production", "test"}},
		"SIGNUP":          {string(s.SignUp), []string{"open", "invite", "closed"}},
		"RATE_LIMITS":     {s.RateLimits, []string{"on", "off"}},
		"LINK_PREVIEWS":   {s.LinkPreviews, []string{"on", "off"}},
		"PLUGIN_APPROVAL": {s.PluginApproval, []string{"on", "off"}},
	} {
		if !slices.Contains(choice.of, choice.value) {
			return fmt.Errorf("%s must be one of %s, not %q", name, strings.Join(choice.of, ", "), choice.value)
		}
	}
	if s.RateLimits == "off" && s.production() {
		return errors.New("RATE_LIMITS=off is for load tests and is refused with APP_ENV=production")
	}
	if s.MongoDatabase == "" {
		return errors.New("MONGODB_DB_NAME must not be empty")
	}
	if s.MongoURI != "" && !strings.HasPrefix(s.MongoURI, "mongodb://") && !strings.HasPrefix(s.MongoURI, "mongodb+srv://") {
		return errors.New("MONGODB_URI must begin with mongodb:// or mongodb+srv://")
	}
	for i, cidr := range s.HookNetworks {
		s.HookNetworks[i] = strings.TrimSpace(cidr)
		if _, err := netip.ParsePrefix(s.HookNetworks[i]); err != nil {
			return fmt.Errorf("WEBHOOK_NETWORKS must list networks such as 10.0.0.0/8, not %q", cidr)
		}
	}
	for i, cidr := range s.TrustedProxies {
		cidr = strings.TrimSpace(cidr)
		s.TrustedProxies[i] = cidr
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return fmt.Errorf("TRUSTED_PROXIES must list networks such as 10.0.0.0/8, not %q", cidr)
		}
	}
	if err := s.checkDomain(); err != nil {
		return err
	}
	if s.AppURL == "" {
		s.AppURL = fmt.Sprintf("http://localhost:%d", s.Port)
	}
	var err error
	if s.appURL, err = origin("APP_URL", s.AppURL); err != nil {
		return err
	}
	if err := s.sameDomain(); err != nil {
		return err
	}
	for i, o := range s.CORSOrigins {
		parsed, err := origin("CORS_ORIGINS", o)
		if err != nil {
			return err
		}
		s.CORSOrigins[i] = parsed.Scheme + "://" + parsed.Host
	}
	if err := s.checkMail(); err != nil {
		return err
	}
	if err := s.checkFiles(); err != nil {
		return err
	}
	if err := s.checkBackups(); err != nil {
		return err
	}
	if err := s.checkProviders(); err != nil {
		return err
	}
	if err := s.checkGenerator(); err != nil {
		return err
	}
	if err := s.Watching.check(s.Backups.Every, s.NATSURL != ""); err != nil {
		return err
	}
	if err := s.checkServers(); err != nil {
		return err
	}
	return s.checkSecret()
}

// checkGenerator looks at what makes plugins. A key without an address is for OpenAI's own server.
func (s *settings) checkGenerator() error {
	if s.ModelURL == "" && s.ModelKey != "" {
		s.ModelURL = "https://api.openai.com/v1"
	}
	for name, address := range map[string]string{"GENERATOR_URL": s.GeneratorURL, "OPENAI_BASE_URL": s.ModelURL} {
		if address != "" && !isWeb(address) {
			return fmt.Errorf("%s must be an address that begins with http:// or https://", name)
		}
	}
	for name, bad := range map[string]bool{
		"AI_DAILY_TOKENS": s.PersonTokens < 0, "AI_DAILY_TOKENS_ALL": s.WorkspaceTokens < 0,
		"AI_INPUT_PRICE": !isPrice(s.InputPrice), "AI_OUTPUT_PRICE": !isPrice(s.OutputPrice),
	} {
		if bad {
			return fmt.Errorf("%s must be a number from 0 on", name)
		}
	}
	if s.ModelURL != "" && s.GeneratorURL == "" && s.Model == "" {
		return errors.New("OPENAI_MODEL must name the model that makes plugins")
	}
	return nil
}

func (s *settings) checkMail() error {
	if s.MailPort < 1 || s.MailPort > 65535 {
		return fmt.Errorf("MAIL_PORT must be from 1 to 65535, not %d", s.MailPort)
	}
	if s.MailServer == "" {
		return nil
	}
	if s.MailFrom == "" {
		s.MailFrom = s.MailUsername
	}
	if _, err := mail.ParseAddress(s.MailFrom); err != nil {
		return fmt.Errorf("MAIL_FROM must be an address such as chat@example.com where MAIL_SERVER is set, not %q", s.MailFrom)
	}
	return nil
}

// checkProviders refuses a provider that is set up by half: people would find out only at its page.
func (s *settings) checkProviders() error {
	for name, pair := range map[string][2]string{
		"GITHUB": {s.GitHubID, s.GitHubSecret}, "GOOGLE": {s.GoogleID, s.GoogleSecret}, "OIDC": {s.OIDCID, s.OIDCSecret},
	} {
		if (pair[0] == "") != (pair[1] == "") {
			return fmt.Errorf("%s_CLIENT_ID and %s_CLIENT_SECRET must be set together", name, name)
		}
	}
	if (s.OIDCIssuer == "") != (s.OIDCID == "") {
		return errors.New("OIDC_ISSUER and OIDC_CLIENT_ID must be set together")
	}
	for name, value := range map[string]string{"GITHUB_BASE_URL": s.GitHubBaseURL, "OIDC_ISSUER": s.OIDCIssuer} {
		u, err := url.Parse(value)
		if value != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
			return fmt.Errorf("%s must be an address such as https://id.example.com, not %q", name, value)
		}
		if value != "" && u.Scheme == "http" && s.production() {
			return fmt.Errorf("%s must begin with https:// with APP_ENV=production", name)
		}
	}
	return nil
}

func (s *settings) checkSecret() error {
	if s.ProxySecret != "" && len(s.ProxySecret) < minSecret {
		return fmt.Errorf("PROXY_SECRET must have at least %d characters: who has it can be anyone", minSecret)
	}
	if s.ProxySecret != "" && len(s.TrustedProxies) == 0 {
		return errors.New("PROXY_SECRET needs TRUSTED_PROXIES: without a network that it may come from nobody is trusted")
	}
	if s.JWTSecret != "" && len(s.JWTSecret) < minSecret && s.production() {
		return fmt.Errorf("NEXTAUTH_SECRET must have at least %d characters with APP_ENV=production", minSecret)
	}
	if !s.production() || s.AppSecret == "" {
		return nil
	}
	if s.AppSecret == knownSecret || s.JWTSecret == knownSecret {
		return errors.New("APP_SECRET is a published default and is refused with APP_ENV=production")
	}
	if len(s.AppSecret) < minSecret {
		return fmt.Errorf("APP_SECRET must have at least %d characters with APP_ENV=production", minSecret)
	}
	return nil
}

// isWeb reports whether a value is an address of the web.
func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// isPrice reports whether a number can be a price: from 0 on, and no price is above a million.
func isPrice(n float64) bool { return n >= 0 && n <= 1_000_000 }

func origin(name, value string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(value), "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("%s must be an address such as https://chat.example.com, not %q", name, value)
	}
	return u, nil
}

// secret returns the application's secret: the one set, or the one that was made at the first start and is kept in the
// data directory.
func (s *settings) secret() ([]byte, error) {
	if s.AppSecret != "" {
		return []byte(s.AppSecret), nil
	}
	file := filepath.Join(s.DataDir, "secret")
	kept, err := os.ReadFile(file)
	if err == nil && len(kept) >= minSecret {
		return kept, nil
	}
	if err == nil {
		return nil, fmt.Errorf("the secret in %s is too short: restore the file, or set APP_SECRET", file)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read the secret: %w", err)
	}
	made := []byte(rand.Text() + rand.Text())
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make DATA_DIR: %w", err)
	}
	if err := writeOnce(file, made); err != nil {
		return nil, fmt.Errorf("cannot keep the secret: %w", err)
	}
	return made, nil
}

// writeOnce writes a file that only its owner may read, whole or not at all.
func writeOnce(file string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".secret-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), file)
}
