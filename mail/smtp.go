package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// SMTP is a server that takes mail.
type SMTP struct {
	Host string
	Port int
	// TLS encrypts the connection and verifies the server's certificate: from the first byte on port 465, and by STARTTLS, without
	// which nothing is sent, on others. Without TLS everything is readable on the way, and a password is given to a server on
	// this machine alone.
	TLS bool
	// Implicit encrypts from the first byte on any port.
	Implicit bool
	// Username and Password sign in, in the best way that the server offers. Without Username there is no sign-in.
	Username, Password string
	// Roots verify the certificate; nil means those of the system.
	Roots *x509.CertPool
	// Dial bounds each step until the server is ready for mail, Send a whole mail. 0 means 10 and 60 seconds.
	Dial, Send time.Duration
}

const (
	defaultDial = 10 * time.Second
	defaultSend = 60 * time.Second
	partingWait = 2 * time.Second
	submissions = 465
)

// The ways of signing in, best first. Those that show the password are taken in an encrypted connection only.
var ways = []gomail.SMTPAuthType{
	gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5,
}

// session is a connection on which several mails go one after the other.
type session struct {
	mailer *gomail.Client // holds the settings for sending, not the connection
	client *smtp.Client
	conn   net.Conn
	detach func() bool
}

// connect opens a connection, which is cut when ctx ends. home names this server to the other.
func (s *SMTP) connect(ctx context.Context, home string) (*session, error) {
	opened := &session{detach: func() bool { return true }}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(ctx, network, address)
		opened.conn = conn
		return conn, err
	}
	dialer, err := s.client(home, cmp.Or(s.Dial, defaultDial), gomail.WithDialContextFunc(dial))
	if err != nil {
		return nil, err
	}
	if opened.mailer, err = s.client(home, cmp.Or(s.Send, defaultSend)); err != nil {
		return nil, err
	}
	if opened.client, err = dialer.DialToSMTPClientWithContext(ctx); err != nil {
		if opened.conn != nil {
			opened.conn.Close()
		}
		return nil, err
	}
	opened.detach = context.AfterFunc(ctx, func() { opened.conn.Close() })
	return opened, nil
}

// dial connects, with TLS where that comes first.
func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.TLS && (s.Implicit || s.Port == submissions) {
		conn, err := (&tls.Dialer{Config: s.tls()}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err // and not a nil connection in an interface
		}
		return conn, nil
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (s *SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

func (s *SMTP) client(home string, timeout time.Duration, more ...gomail.Option) (*gomail.Client, error) {
	policy := gomail.NoTLS
	if s.TLS && !s.Implicit && s.Port != submissions {
		policy = gomail.TLSMandatory
	}
	options := append([]gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(timeout), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.tls()),
		gomail.WithHELO(greeting(home)), gomail.WithoutNoop(),
	}, more...)
	if s.Username != "" {
		options = append(options, gomail.WithOpportunisticSMTPAuth(ways...), gomail.WithUsername(s.Username), gomail.WithPassword(s.Password))
	}
	return gomail.NewClient(s.Host, options...)
}

// greeting is how this server names itself: its name, or its address in brackets (RFC 5321, 4.1.3).
func greeting(home string) string {
	at, err := url.Parse(home)
	if err != nil || at.Hostname() == "" {
		return "localhost"
	}
	switch a, err := netip.ParseAddr(at.Hostname()); {
	case err != nil:
		return at.Hostname()
	case a.Is4():
		return "[" + a.String() + "]"
	default:
		return "[IPv6:" + a.String() + "]"
	}
}

// send sends a mail. Once the server has taken it, it is sent, whatever happens to the connection afterwards.
func (s *session) send(m *gomail.Msg) error {
	err := s.mailer.SendWithSMTPClient(s.client, m)
	if m.IsDelivered() {
		return nil
	}
	return err
}

// close says goodbye where the server still listens. Nothing that was sent depends on it.
func (s *session) close() {
	s.detach()
	if s.conn.SetDeadline(time.Now().Add(partingWait)) == nil {
		_ = s.client.Quit()
	}
	s.conn.Close()
}

// alive reports whether an error was an answer of the server, after which it takes more mail.
func alive(err error) bool {
	var failed *gomail.SendError
	return errors.As(err, &failed) && failed.ErrorCode() >= 400 && failed.ErrorCode() != 421
}

// permanent reports whether an error means that this mail will never be taken: the server refused the address or the content
// for good. What speaks against us, such as a missing sign-in, an admin can mend, so it is tried again.
func permanent(err error) bool {
	var failed *gomail.SendError
	if !errors.As(err, &failed) || failed.ErrorCode() < 500 {
		return false
	}
	switch failed.ErrorCode() {
	case 530, 534, 535, 538:
		return false
	}
	return failed.Reason == gomail.ErrSMTPRcptTo || failed.Reason == gomail.ErrSMTPData || failed.Reason == gomail.ErrSMTPDataClose
}
