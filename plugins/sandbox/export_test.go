package sandbox

import (
	"context"

	"pegasus/plugins/jail"
)

// taking is a stock whose processes are looked at when they are taken.
type taking struct {
	stock
	look func(*jail.Process)
}

func (s taking) Take(ctx context.Context) (*jail.Process, error) {
	p, err := s.stock.Take(ctx)
	if err == nil {
		s.look(p)
	}
	return p, err
}

// Look has a function called with each process before it is told anything.
func (p *Pool) Look(look func(*jail.Process)) { p.stock = taking{p.stock, look} }
