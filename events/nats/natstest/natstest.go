// Package natstest runs a real NATS server inside a test.
package natstest

import (
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a NATS server that can go away and come back under its address.
type Server struct {
	URL   string
	port  int
	token string
	now   *server.Server
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartGuarded(t, "")
}

// StartGuarded starts a server that asks for a token, unless that is "".
func StartGuarded(t testing.TB, token string) *Server {
	t.Helper()
	s := &Server{port: server.RANDOM_PORT, token: token}
	s.Back(t)
	t.Cleanup(s.Away)
	return s
}

// Away ends the server, and every connection with it.
func (s *Server) Away() {
	s.now.Shutdown()
	s.now.WaitForShutdown()
}

// Back starts it again.
func (s *Server) Back(t testing.TB) {
	t.Helper()
	one, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: s.port, Authorization: s.token, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	one.Start()
	if !one.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	s.now, s.URL = one, one.ClientURL()
	if at := one.Addr(); at != nil {
		s.port = portOf(at)
	}
}

func portOf(at net.Addr) int { return at.(*net.TCPAddr).Port }
