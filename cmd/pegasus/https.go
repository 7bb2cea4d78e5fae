package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"pegasus/web"
)

// certified are the settings of a server that gets its certificate itself.
type certified struct {
	Domain    string `env:"DOMAIN"`
	PlainPort int    `env:"HTTP_PORT" envDefault:"80"`
	Directory string `env:"ACME_DIRECTORY" envDefault:"https://acme-v02.api.letsencrypt.org/directory"`
}

// Ports and the host where nothing else is set: the usual ones of a server behind another, and those of one that faces people.
const (
	plainPort  = 8080
	securePort = 443
	innerHost  = "127.0.0.1"
)

// checkDomain sets what follows from DOMAIN. It runs before APP_URL is looked at.
func (s *settings) checkDomain() error {
	c := &s.Certified
	if c.Domain == "" {
		return nil
	}
	c.Domain = strings.ToLower(strings.TrimSpace(c.Domain))
	u, err := url.Parse("https://" + c.Domain)
	_, address := netip.ParseAddr(c.Domain)
	if err != nil || u.Host != c.Domain || u.Port() != "" || !strings.Contains(c.Domain, ".") || address == nil {
		return fmt.Errorf("DOMAIN must be a name such as chat.example.com, not %q", c.Domain)
	}
	if c.PlainPort < 0 || c.PlainPort > 65535 {
		return fmt.Errorf("HTTP_PORT must be from 0 to 65535, not %d", c.PlainPort)
	}
	if _, err := origin("ACME_DIRECTORY", strings.TrimSuffix(c.Directory, pathOf(c.Directory))); err != nil {
		return errors.New("ACME_DIRECTORY must be the address of a certificate authority's directory")
	}
	if s.AppURL == "" {
		s.AppURL = "https://" + c.Domain
	}
	if s.Port == plainPort {
		s.Port = securePort
	}
	if s.Host == innerHost {
		s.Host = "" // people come from elsewhere
	}
	return nil
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// sameDomain refuses an APP_URL that the certificate is not for.
func (s *settings) sameDomain() error {
	if s.Certified.Domain != "" && (s.appURL.Scheme != "https" || s.appURL.Hostname() != s.Certified.Domain) {
		return fmt.Errorf("APP_URL must be https://%s where DOMAIN is set, or left out", s.Certified.Domain)
	}
	return nil
}

// certificates orders a certificate when the first person comes, renews it a month before its end, and keeps it.
func (s *settings) certificates() *autocert.Manager {
	return &autocert.Manager{
		Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(s.Certified.Domain),
		Cache:  autocert.DirCache(filepath.Join(s.DataDir, "certificates")),
		Client: &acme.Client{DirectoryURL: s.Certified.Directory, UserAgent: "pegasus/" + version},
	}
}

// toHTTPS sends who comes without encryption to where there is some. The address is the server's own, whatever was asked for.
func toHTTPS(to *url.URL) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "Use https.", http.StatusBadRequest)
			return
		}
		w.Header().Set("Connection", "close")
		http.Redirect(w, r, to.Scheme+"://"+to.Host+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

// certify makes a server one with a certificate of its own, and opens the port at which the authority asks for proof.
func (a *app) certify(server *http.Server) (plain *http.Server, listener net.Listener, err error) {
	m := a.settings.certificates()
	server.TLSConfig = m.TLSConfig()
	address := net.JoinHostPort(a.settings.Host, strconv.Itoa(a.settings.Certified.PlainPort))
	if listener, err = net.Listen("tcp", address); err != nil {
		return nil, nil, fmt.Errorf("cannot listen on %s (setting HTTP_PORT), which DOMAIN needs: %w", address, err)
	}
	return &http.Server{
		Handler: m.HTTPHandler(toHTTPS(a.settings.appURL)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: server.ErrorLog,
	}, listener, nil
}

// listen serves until the server is shut down.
func (a *app) listen(server *http.Server, listener net.Listener) error {
	if a.settings.Certified.Domain == "" {
		return server.Serve(web.OneReading(listener))
	}
	plain, below, err := a.certify(server)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server.RegisterOnShutdown(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopWait)
		defer cancel()
		_ = plain.Shutdown(ctx) // it only ever redirects
	})
	failed := make(chan error, 2)
	go func() { failed <- plain.Serve(below) }()
	go func() { failed <- server.ServeTLS(listener, "", "") }()
	return <-failed
}
