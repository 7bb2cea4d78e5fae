// Package archtest holds the imports of every package against the table of the architecture.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// rule says what a package may import. Its own subtree needs a row of its own.
type rule struct {
	ours  []string // packages of this module; "*" for all
	third []string // prefixes of third-party modules; "*" for all
	no    []string // standard packages that are refused
}

// The drivers and doors that the domain must not know.
var technology = []string{"net/http", "database/sql", "html/template"}

var rules = map[string]rule{
	"fault":                   {no: technology},
	"id":                      {no: technology},
	"excerpt":                 {no: technology},
	"accounts":                {ours: []string{"fault", "id"}, third: []string{"golang.org/x/crypto", "golang.org/x/text", "github.com/pquerna/otp"}, no: technology},
	"accounts/wordlist":       {no: technology},
	"accounts/accountstest":   {ours: []string{"accounts"}, no: technology},
	"mail":                    {ours: []string{"accounts", "fault", "id"}, third: []string{"github.com/wneessen/go-mail"}, no: []string{"net/http", "database/sql"}},
	"files":                   {ours: []string{"accounts", "chat", "fault", "id"}, third: []string{"golang.org/x/image", "github.com/gabriel-vasile/mimetype", "github.com/minio/minio-go"}, no: []string{"net/http", "database/sql"}},
	"notify":                  {ours: []string{"accounts", "chat", "fault", "id", "queue"}, third: []string{"github.com/SherClockHolmes/webpush-go"}, no: []string{"database/sql"}},
	"guard":                   {ours: []string{"fault"}, no: []string{"database/sql", "html/template"}},
	"unfurl":                  {ours: []string{"chat", "excerpt", "fault", "guard"}, third: []string{"golang.org/x/net/html"}, no: []string{"database/sql", "html/template"}},
	"mail/mailtest":           {third: []string{"github.com/emersion/"}, no: []string{"net/http", "database/sql"}},
	"sessions/oauth":          {ours: []string{"accounts", "fault", "web"}, third: []string{"github.com/markbates/goth", "golang.org/x/oauth2", "github.com/coreos/go-oidc"}, no: []string{"database/sql"}},
	"sessions/passkey":        {ours: []string{"accounts", "fault"}, third: []string{"github.com/go-webauthn/webauthn"}, no: []string{"database/sql"}},
	"sessions/passkeytest":    {third: []string{"github.com/fxamacker/cbor"}, no: technology},
	"chat":                    {ours: []string{"accounts", "emoji", "excerpt", "fault", "id", "queue"}, third: []string{"golang.org/x/text"}, no: technology},
	"emoji":                   {third: []string{"github.com/yuin/goldmark-emoji"}, no: technology},
	"plugins":                 {ours: []string{"accounts", "chat", "excerpt", "fault", "id", "plugins/kit", "plugins/manifest", "plugins/sandbox", "queue", "rates"}, third: []string{"golang.org/x/text"}, no: technology},
	"plugins/openai":          {ours: []string{"fault", "plugins"}, third: []string{"github.com/sashabaranov/go-openai"}, no: []string{"database/sql", "html/template"}},
	"plugins/remote":          {ours: []string{"fault", "plugins"}, no: []string{"database/sql", "html/template"}},
	"plugins/builtin":         {ours: []string{"plugins", "plugins/manifest"}, no: technology},
	"embed":                   {ours: []string{"chat"}, no: []string{"database/sql", "html/template"}},
	"trouble":                 {ours: []string{"accounts", "fault"}, no: []string{"database/sql", "html/template"}},
	"brand":                   {ours: []string{"accounts", "fault"}, no: technology},
	"queue":                   {ours: []string{"fault"}, no: technology},
	"hooks":                   {ours: []string{"accounts", "chat", "excerpt", "fault", "id", "queue", "rates"}, no: technology},
	"rates":                   {no: technology},
	"events":                  {no: technology},
	"events/nats":             {ours: []string{"events"}, third: []string{"github.com/nats-io/nats.go", "golang.org/x/crypto"}, no: technology},
	"events/nats/natstest":    {third: []string{"github.com/nats-io/nats-server"}, no: technology},
	"imported":                {ours: []string{"accounts", "chat"}, no: technology},
	"importer":                {ours: []string{"accounts", "chat", "emoji", "fault", "id", "imported"}, no: technology},
	"importer/archive":        {no: technology},
	"importer/mongodb":        {ours: []string{"accounts", "chat", "hooks", "id", "imported", "importer"}, third: []string{"go.mongodb.org/mongo-driver", "golang.org/x/crypto"}, no: technology},
	"importer/slack":          {ours: []string{"accounts", "chat", "hooks", "imported", "importer", "importer/archive"}, no: technology},
	"importer/mattermost":     {ours: []string{"accounts", "chat", "hooks", "imported", "importer", "importer/archive"}, no: technology},
	"importer/importertest":   {ours: []string{"accounts", "accounts/accountstest", "chat", "fault", "id", "imported", "importer", "importer/mattermost", "importer/mongodb", "importer/slack"}, third: []string{"go.mongodb.org/mongo-driver", "golang.org/x/crypto", "github.com/pquerna/otp"}, no: technology},
	"plugins/manifest":        {ours: []string{"fault"}, no: technology},
	"plugins/jail":            {third: []string{"golang.org/x/sys"}, no: technology},
	"plugins/compile":         {ours: []string{"fault", "plugins/jail", "plugins/manifest"}, third: []string{"github.com/evanw/esbuild"}, no: technology},
	"plugins/sandbox":         {ours: []string{"excerpt", "fault", "plugins/jail", "plugins/manifest"}, third: []string{"modernc.org/quickjs"}, no: technology},
	"plugins/fetch":           {ours: []string{"fault", "plugins/sandbox"}, no: []string{"database/sql", "html/template"}},
	"plugins/kit":             {no: technology},
	"plugins/sandboxtest":     {ours: []string{"fault", "plugins/sandbox"}, no: technology},
	"markdown":                {third: []string{"github.com/yuin/", "github.com/alecthomas/chroma", "github.com/microcosm-cc/bluemonday"}, no: technology},
	"ops":                     {ours: []string{"fault", "id"}, third: []string{"github.com/prometheus/client_golang", "github.com/shirou/gopsutil"}, no: technology},
	"trace":                   {no: []string{"database/sql", "html/template"}},
	"backup":                  {ours: []string{"accounts", "fault", "files", "id", "queue"}, third: []string{"github.com/klauspost/compress", "github.com/shirou/gopsutil"}, no: technology},
	"store":                   {ours: []string{"accounts", "backup", "chat", "hooks", "imported", "mail", "notify", "ops", "plugins", "queue", "store/sqlite", "store/mongo"}, third: []string{"github.com/alexedwards/scs"}, no: []string{"net/http"}},
	"store/sqlite":            {ours: []string{"accounts", "backup", "brand", "chat", "fault", "files", "hooks", "id", "imported", "mail", "notify", "ops", "plugins", "queue"}, third: []string{"modernc.org/sqlite", "github.com/alexedwards/scs", "golang.org/x/"}, no: []string{"net/http"}},
	"store/mongo":             {ours: []string{"accounts", "backup", "brand", "chat", "fault", "files", "hooks", "id", "imported", "mail", "notify", "ops", "plugins", "queue"}, third: []string{"go.mongodb.org/mongo-driver", "github.com/alexedwards/scs", "golang.org/x/"}, no: []string{"net/http", "database/sql"}},
	"store/sqlite/sqlitetest": {ours: []string{"store/sqlite"}, no: []string{"net/http", "database/sql"}},
	"store/storetest":         {ours: []string{"accounts", "chat", "fault", "hooks", "id", "imported", "mail", "notify", "ops", "plugins", "queue"}, third: []string{"golang.org/x/"}, no: technology},
	"sessions":                {ours: []string{"accounts", "fault", "web"}, third: []string{"github.com/alexedwards/scs", "github.com/golang-jwt/jwt"}, no: []string{"database/sql"}},
	"web":                     {ours: []string{"events", "fault"}, third: []string{"github.com/go-chi/", "github.com/klauspost/compress"}, no: []string{"database/sql"}},
	"docs":                    {},
	"reference":               {ours: []string{"docs", "plugins", "plugins/kit"}, third: []string{"github.com/yuin/goldmark"}, no: []string{"database/sql", "html/template"}},
	"views":                   {ours: []string{"accounts", "backup", "brand", "chat", "emoji", "excerpt", "fault", "hooks", "notify", "ops", "plugins", "plugins/manifest", "queue", "reference", "static", "trouble"}, third: []string{"github.com/a-h/templ"}, no: []string{"net/http", "database/sql"}},
	"handlers":                {ours: []string{"accounts", "backup", "brand", "chat", "emoji", "events", "fault", "files", "hooks", "id", "notify", "ops", "plugins", "plugins/manifest", "queue", "reference", "sessions", "sessions/oauth", "sessions/passkey", "static", "trouble", "views", "web"}, third: []string{"github.com/a-h/templ", "github.com/go-chi/"}, no: []string{"database/sql"}},
	"api":                     {ours: []string{"accounts", "api/betterauth", "backup", "brand", "chat", "events", "fault", "files", "hooks", "id", "notify", "ops", "plugins", "plugins/manifest", "plugins/sandbox", "sessions", "sessions/oauth", "sessions/passkey", "web"}, third: []string{"github.com/danielgtaylor/huma", "github.com/go-chi/"}, no: []string{"database/sql"}},
	"api/betterauth":          {ours: []string{"accounts", "fault", "id", "sessions", "sessions/oauth", "sessions/passkey", "web"}, third: []string{"github.com/go-chi/"}, no: []string{"database/sql"}},
	"static":                  {no: []string{"database/sql"}},
	"static/build":            {ours: []string{"emoji"}, third: []string{"github.com/evanw/esbuild"}, no: []string{"database/sql"}},
	"cmd/pegasus":             {ours: []string{"*"}, third: []string{"*"}},
	"internal/codes":          {third: []string{"golang.org/x/tools"}, no: technology},
	"internal/archtest":       {no: technology},
	"internal/oidctest":       {ours: []string{"sessions/oauth"}, third: []string{"github.com/golang-jwt/jwt"}, no: []string{"database/sql"}},
	"internal/doortest":       {ours: []string{"*"}, third: []string{"*"}},
	"internal/modeltest":      {no: []string{"database/sql"}},
	"internal/seed":           {ours: []string{"*"}, third: []string{"*"}},
	"internal/sbom":           {no: technology},
	"internal/e2e":            {ours: []string{"*"}, third: []string{"*"}},
}

type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

func TestEveryPackageImportsOnlyWhatTheArchitectureAllows(t *testing.T) {
	const module = "pegasus/"
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages found", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		r, known := rules[name]
		if !known {
			t.Errorf("package %s has no row in the table: say what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			if own, ours := strings.CutPrefix(imported, module); ours {
				if !slices.Contains(r.ours, own) && !slices.Contains(r.ours, "*") {
					t.Errorf("%s must not import our package %s", name, own)
				}
				continue
			}
			if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
				if slices.Contains(r.no, imported) {
					t.Errorf("%s must not import %s", name, imported)
				}
				continue
			}
			if !slices.ContainsFunc(r.third, func(prefix string) bool { return prefix == "*" || strings.HasPrefix(imported, prefix) }) {
				t.Errorf("%s must not import the third-party package %s", name, imported)
			}
		}
	}
}

func TestNoPackageIsADrawer(t *testing.T) {
	for _, p := range list(t) {
		switch base := path.Base(p.ImportPath); base {
		case "util", "utils", "common", "helpers", "models", "config", "services":
			t.Errorf("package %s: name it after what it is about", p.ImportPath)
		}
	}
}

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Standard,Imports", "pegasus/...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
