package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestWhatFollowsFromADomain(t *testing.T) {
	s, err := readSettings([]string{"DOMAIN=Chat.Example.Test"})
	if err != nil {
		t.Fatal(err)
	}
	if s.appURL.String() != "https://chat.example.test" || s.address() != ":443" || s.Certified.PlainPort != 80 || !s.https() {
		t.Errorf("%s on %s", s.appURL, s.address())
	}
	for _, bad := range [][]string{
		{"DOMAIN=https://chat.example.test"}, {"DOMAIN=chat.example.test:443"}, {"DOMAIN=192.0.2.1"}, {"DOMAIN=localhost"}, {"DOMAIN=a.test,b.test/x"},
		{"DOMAIN=chat.example.test", "APP_URL=https://other.example.test"}, {"DOMAIN=chat.example.test", "APP_URL=http://chat.example.test"},
		{"DOMAIN=chat.example.test", "HTTP_PORT=99999"}, {"DOMAIN=chat.example.test", "ACME_DIRECTORY=nowhere"},
	} {
		if _, err := readSettings(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestPlainRequestsAreSentToTheServersOwnAddress(t *testing.T) {
	s, err := readSettings([]string{"DOMAIN=chat.example.test"})
	if err != nil {
		t.Fatal(err)
	}
	h := toHTTPS(s.appURL)
	for target, want := range map[string]string{
		"/chat?q=a%20b": "https://chat.example.test/chat?q=a%20b", "//evil.test/x": "https://chat.example.test//evil.test/x",
		"http://evil.test/x": "https://chat.example.test/x",
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", target, nil)
		r.Host = "evil.test"
		h.ServeHTTP(w, r)
		if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
			t.Errorf("%s leads to %d %s", target, w.Code, w.Header().Get("Location"))
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "/login", strings.NewReader("password=secret")))
	if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
		t.Errorf("a form is answered %d", w.Code)
	}
}

// authority is a certificate authority that speaks ACME as far as one order goes, with proof over HTTP. It checks the proof, as
// a real one does; it does not check signatures.
type authority struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	root   *x509.Certificate
	plain  string // where the name's port 80 is
	proven atomic.Bool
	orders atomic.Int32
	leaf   []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err == nil {
		a.root, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

// payload returns what a signed request says.
func payload(r *http.Request) (text []byte) {
	var signed struct{ Payload string }
	if json.NewDecoder(r.Body).Decode(&signed) == nil {
		text, _ = base64.RawURLEncoding.DecodeString(signed.Payload)
	}
	return text
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	said := payload(r)
	w.Header().Set("Replay-Nonce", "nonce")
	status, answer := http.StatusOK, any(nil)
	challenge := map[string]any{"type": "http-01", "url": a.URL + "/challenge", "token": "token-of-the-proof", "status": "pending"}
	order := map[string]any{
		"status": "pending", "authorizations": []string{a.URL + "/authz"}, "finalize": a.URL + "/finalize",
		"identifiers": []any{map[string]string{"type": "dns", "value": "chat.example.test"}},
	}
	if a.proven.Load() {
		challenge["status"], order["status"] = "valid", "ready"
	}
	switch r.URL.Path {
	case "/directory":
		answer = map[string]string{
			"newNonce": a.URL + "/nonce", "newAccount": a.URL + "/account", "newOrder": a.URL + "/order", "revokeCert": a.URL + "/revoke", "keyChange": a.URL + "/key",
		}
	case "/nonce":
		return
	case "/account":
		w.Header().Set("Location", a.URL+"/account/1")
		status, answer = http.StatusCreated, map[string]string{"status": "valid"}
	case "/order":
		a.orders.Add(1)
		w.Header().Set("Location", a.URL+"/order/1")
		status, answer = http.StatusCreated, order
	case "/order/1":
		answer = order
	case "/authz":
		answer = map[string]any{"status": challenge["status"], "identifier": map[string]string{"type": "dns", "value": "chat.example.test"}, "challenges": []any{challenge}}
	case "/challenge":
		a.prove()
		answer = challenge
	case "/finalize":
		a.issue(said)
		order["status"], order["certificate"] = "valid", a.URL+"/certificate"
		w.Header().Set("Location", a.URL+"/order/1")
		answer = order
	case "/certificate":
		_, _ = w.Write(a.leaf)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// prove asks the name's port 80 for the proof.
func (a *authority) prove() {
	r, _ := http.NewRequest("GET", "http://"+a.plain+"/.well-known/acme-challenge/token-of-the-proof", nil)
	r.Host = "chat.example.test"
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	a.proven.Store(answer.StatusCode == 200 && bytes.HasPrefix(text, []byte("token-of-the-proof.")))
}

func (a *authority) issue(said []byte) {
	var asked struct{ CSR string }
	_ = json.Unmarshal(said, &asked)
	der, _ := base64.RawURLEncoding.DecodeString(asked.CSR)
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || !a.proven.Load() {
		return
	}
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: csr.DNSNames, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(80 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.root, csr.PublicKey, a.key)
	if err == nil {
		a.leaf = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf})
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestAServerWithADomainGetsItsCertificateAndKeepsIt(t *testing.T) {
	ca := newAuthority(t)
	dir, secure, plain := t.TempDir(), freePort(t), freePort(t)
	ca.plain = fmt.Sprintf("127.0.0.1:%d", plain)
	environ := []string{
		"DATA_DIR=" + dir, "DOMAIN=chat.example.test", "HOST=127.0.0.2", fmt.Sprintf("PORT=%d", secure), fmt.Sprintf("HTTP_PORT=%d", plain),
		"ACME_DIRECTORY=" + ca.URL + "/directory", "LINK_PREVIEWS=off",
	}
	ca.plain = fmt.Sprintf("127.0.0.2:%d", plain)
	roots := x509.NewCertPool()
	roots.AddCert(ca.root)
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "chat.example.test"}}}
	for range 2 { // the second start takes the certificate that was kept
		serveWhile(t, environ, func() {
			answer, err := client.Get(fmt.Sprintf("https://127.0.0.2:%d/readyz", secure))
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != 200 || answer.ProtoMajor != 2 {
				t.Errorf("it answers %d in %s", answer.StatusCode, answer.Proto)
			}
			if err := health(t.Context(), environ, io.Discard); err != nil {
				t.Error(err)
			}
			other := client.Transport.(*http.Transport).TLSClientConfig.Clone()
			other.ServerName = "other.example.test"
			if c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.2:%d", secure), other); err == nil {
				c.Close()
				t.Error("it has a certificate for another name")
			}
		})
		client.CloseIdleConnections()
	}
	if n := ca.orders.Load(); n != 1 {
		t.Errorf("%d certificates were ordered", n)
	}
	info, err := os.Stat(filepath.Join(dir, "certificates"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("what is kept lies open: %v, %v", info, err)
	}
	if err := health(t.Context(), environ, io.Discard); err == nil {
		t.Error("a server that is gone is healthy")
	}
}

// serveWhile runs a server while something is done.
func serveWhile(t *testing.T, environ []string, do func()) {
	t.Helper()
	s, err := readSettings(environ)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), s, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	listener, err := net.Listen("tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.serve(ctx, listener, nil) }()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", net.JoinHostPort(s.Host, fmt.Sprint(s.Certified.PlainPort)))
		if err == nil {
			c.Close()
			break
		}
	}
	do()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
