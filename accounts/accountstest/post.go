// Package accountstest holds what tests of accounts, and of the doors to them, share.
package accountstest

import (
	"context"
	"sync"

	"pegasus/accounts"
)

// Post is a Mailer that keeps letters for the test to read.
type Post struct {
	Undelivered bool // Delivers is the opposite

	mu      sync.Mutex
	letters []accounts.Letter
}

// Send keeps a letter.
func (p *Post) Send(_ context.Context, l accounts.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	return nil
}

// Delivers reports whether letters are to count as leaving the machine.
func (p *Post) Delivers() bool { return !p.Undelivered }

// Letters returns the letters to an address, oldest first; to "" all letters.
func (p *Post) Letters(to string) []accounts.Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []accounts.Letter
	for _, l := range p.letters {
		if to == "" || l.To == to {
			found = append(found, l)
		}
	}
	return found
}

// Last returns the newest letter of a kind to an address, and whether there is one.
func (p *Post) Last(to string, kind accounts.LetterKind) (accounts.Letter, bool) {
	letters := p.Letters(to)
	for i := len(letters) - 1; i >= 0; i-- {
		if letters[i].Kind == kind {
			return letters[i], true
		}
	}
	return accounts.Letter{}, false
}
