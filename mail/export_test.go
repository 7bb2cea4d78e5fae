package mail

import (
	"context"

	"pegasus/accounts"
)

// Round sends a few of the mails that are due.
func (o *Outbox) Round(ctx context.Context) bool { return o.round(ctx) }

// Tidy removes mails that are done with.
func (o *Outbox) Tidy(ctx context.Context) { o.tidy(ctx) }

var (
	Life      = life
	Greetable = greetable
	Greeting  = greeting
	Waits     = waits
)

// Write returns what a letter says.
func Write(l accounts.Letter) (subject, text, html string, err error) {
	return write(l, "Pegasus", "https://chat.example")
}
