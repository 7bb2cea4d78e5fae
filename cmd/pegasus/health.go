package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// healthWait is how long the server of this machine may take to say that it is ready.
const healthWait = 5 * time.Second

// health carries out "pegasus health": it asks the server of this machine, for supervisors in places without other tools.
func health(ctx context.Context, environ []string, out io.Writer) error {
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	host, scheme := s.Host, "http"
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = innerHost
	}
	// Whoever answers on this machine is asked nothing secret; a certificate may be of an authority that this machine does not know.
	transport := &http.Transport{TLSClientConfig: &tls.Config{ServerName: s.Certified.Domain, InsecureSkipVerify: true}}
	if s.Certified.Domain != "" {
		scheme = "https"
	}
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, strconv.Itoa(s.Port))+"/readyz", nil)
	if err != nil {
		return err
	}
	r.Host = s.appURL.Host
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: it answers %d", answer.StatusCode)
	}
	_, err = fmt.Fprintln(out, "ready")
	return err
}
