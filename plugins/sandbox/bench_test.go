package sandbox_test

import (
	"context"
	"testing"

	"pegasus/plugins/sandbox"
)

// BenchmarkCall is a command that answers at once, one after another, with processes kept ready.
func BenchmarkCall(b *testing.B) {
	p := sandbox.New(sandbox.Options{})
	defer p.Close()
	program := command(`return "hello " + call.person.name`)
	for b.Loop() {
		if _, err := p.Run(context.Background(), program, asked(""), sandbox.NoHost{}); err != nil {
			b.Fatal(err)
		}
	}
}
