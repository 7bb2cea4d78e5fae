package mongo

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a client and the engine and can fail like a network.
type proxy struct {
	target string
	listen net.Listener

	mu      sync.Mutex
	flow    sync.Cond // tells of a change of holding
	holding bool      // bytes are taken and not passed on
	refuse  bool      // new connections are closed at once
	conns   map[net.Conn]bool
}

// newProxy returns a proxy before the engine, and the connection string that leads through it.
func newProxy(t *testing.T) (*proxy, string) {
	t.Helper()
	uri, err := url.Parse(engine(t))
	must(t, err)
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{target: uri.Host, listen: listen, conns: map[net.Conn]bool{}}
	p.flow.L = &p.mu
	go p.accept()
	t.Cleanup(func() {
		listen.Close()
		p.hold(false)
		p.cut(true)
	})
	uri.Host = listen.Addr().String()
	return p, uri.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		server, err := net.Dial("tcp", p.target)
		if refuse || err != nil {
			client.Close()
			if err == nil {
				server.Close()
			}
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		go p.pass(client, server)
		go p.pass(server, client)
	}
}

func (p *proxy) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		for p.holding {
			p.flow.Wait()
		}
		p.mu.Unlock()
		if _, failed := to.Write(buffer[:n]); failed != nil || err == io.EOF || err != nil {
			return
		}
	}
}

// cut breaks every connection, and refuses new ones or takes them again.
func (p *proxy) cut(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

// hold keeps every byte back, as a network does that has gone silent, or lets them through, late.
func (p *proxy) hold(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holding = on
	p.flow.Broadcast()
}
