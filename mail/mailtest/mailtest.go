// Package mailtest is a mail server for tests: it takes mail by SMTP, keeps it, and misbehaves on demand.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Security is how connections are encrypted.
type Security int

const (
	StartTLS Security = iota // on demand; nothing is taken before
	Implicit                 // from the first byte
	Plain                    // never
)

// Options change a server. The zero Options take all mail after STARTTLS, on a free port.
type Options struct {
	Security Security
	// Username and Password have to be given before mail is taken; "" asks for none.
	Username, Password string
	// Addr is where to listen, "" for a free port of 127.0.0.1.
	Addr string
	// Silent accepts connections and says nothing.
	Silent bool
	// Rcpt, From and Data may refuse a recipient, a sender and a message, which is taken with nil. See Refusal.
	Rcpt, From func(address string) error
	Data       func(m Message) error
}

// Refusal is an answer such as 451 or 550.
func Refusal(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: text}
}

// Server is a running server.
type Server struct {
	Addr string // host:port
	Host string
	Port int
	// Roots verify the certificate, which is for 127.0.0.1 and localhost.
	Roots *x509.CertPool

	options  Options
	server   *smtp.Server
	mu       sync.Mutex
	messages []Message
	arrived  chan struct{} // replaced and closed with every message
	sessions int
}

// Start starts a server, which stops with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().(*net.TCPAddr)
	s := &Server{Addr: at.String(), Host: at.IP.String(), Port: at.Port, options: o, arrived: make(chan struct{})}
	certificate, roots := selfSigned(t)
	s.Roots = roots
	s.server = smtp.NewServer(smtp.BackendFunc(s.newSession))
	s.server.Domain = "mailtest"
	s.server.MaxMessageBytes = 10 << 20
	s.server.EnableSMTPUTF8 = true
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	s.server.AllowInsecureAuth = o.Security == Plain
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	switch o.Security {
	case StartTLS:
		s.server.TLSConfig = config
	case Implicit:
		listener = tls.NewListener(listener, config)
	}
	if o.Silent {
		listener = &silent{Listener: listener}
	}
	var work sync.WaitGroup
	work.Go(func() { _ = s.server.Serve(listener) })
	t.Cleanup(func() {
		s.Close()
		_ = listener.Close()
		work.Wait()
	})
	return s
}

// Close ends the server and all its connections.
func (s *Server) Close() { _ = s.server.Close() }

// Messages returns what has arrived, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Sessions returns how many connections got as far as to name themselves.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// Wait returns the messages once there are n, and fails the test where they do not come within ten seconds.
func (s *Server) Wait(t testing.TB, n int) []Message {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		messages, arrived := slices.Clone(s.messages), s.arrived
		s.mu.Unlock()
		if len(messages) >= n {
			return messages
		}
		select {
		case <-arrived:
		case <-late:
			t.Fatalf("%d mails arrived, not %d", len(messages), n)
		}
	}
}

// silent hands connections to nobody.
type silent struct {
	net.Listener
	conns []net.Conn // of the one goroutine that accepts
}

func (l *silent) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			for _, c := range l.conns {
				c.Close()
			}
			return nil, err
		}
		l.conns = append(l.conns, conn)
	}
}

type session struct {
	server *Server
	conn   *smtp.Conn
	user   string
	from   string
	to     []string
}

func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions++
	return &session{server: s, conn: c}, nil
}

func (s *session) encrypted() bool {
	_, ok := s.conn.TLSConnectionState()
	return ok
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string {
	if s.server.options.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if o := s.server.options; o.Username == "" || username != o.Username || password != o.Password {
			return smtp.ErrAuthFailed
		}
		s.user = username
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.Security == StartTLS && !s.encrypted() {
		return Refusal(530, "Must issue a STARTTLS command first")
	}
	if s.server.options.Username != "" && s.user == "" {
		return Refusal(530, "Authentication required")
	}
	if refuse := s.server.options.From; refuse != nil {
		if err := refuse(from); err != nil {
			return err
		}
	}
	s.from, s.to = from, nil
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if refuse := s.server.options.Rcpt; refuse != nil {
		if err := refuse(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return Refusal(554, "unreadable: "+err.Error())
	}
	m.From, m.To, m.User, m.Encrypted = s.from, s.to, s.user, s.encrypted()
	if refuse := s.server.options.Data; refuse != nil {
		if err := refuse(m); err != nil {
			return err
		}
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.messages = append(s.server.messages, m)
	close(s.server.arrived)
	s.server.arrived = make(chan struct{})
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// selfSigned makes a certificate for this machine and the roots that trust it.
func selfSigned(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true,
		BasicConstraintsValid: true, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
