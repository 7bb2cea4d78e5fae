package plugins_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/plugins"
)

// hostile are programs that want all there is.
var hostile = []string{
	`for (;;);`, `const all = []; for (;;) all.push(new Array(1e6).fill(1));`, `(function f() { f(); f(); })();`,
	`for (;;) Promise.resolve().then(() => {});`, `let s = "x"; for (;;) s += s;`,
}

// BenchmarkPostsBesideHostilePlugins tells how long a post takes alone and while twenty hostile plugins run, as the times that
// 99 of 100 keep.
func BenchmarkPostsBesideHostilePlugins(b *testing.B) {
	r := newRoom(b, func(o *plugins.Running) { o.Unlimited = true })
	for n := range 20 {
		name := fmt.Sprintf("bad-%c", 'a'+n)
		r.installed(name, fmt.Sprintf(`{"api":1,"name":"%s","title":"Bad %c","commands":[{"name":"%s"}]}`, name, 'a'+n, name),
			`exports.default = { commands: { "`+name+`": () => { `+hostile[n%len(hostile)]+` } } };`)
	}
	posts := func() time.Duration {
		took := make([]time.Duration, 300)
		for n := range took {
			began := time.Now()
			_, err := r.Chat.PostMessage(b.Context(), r.ben, r.channel.ID, chat.Draft{Content: "hello"})
			r.must(err)
			took[n] = time.Since(began)
			time.Sleep(5 * time.Millisecond)
		}
		slices.Sort(took)
		return took[len(took)*99/100]
	}
	for b.Loop() {
		alone := posts()
		over := make(chan struct{})
		var bad sync.WaitGroup
		for n := range 20 {
			bad.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
						_, _ = r.says(r.ada, fmt.Sprintf("/bad-%c", 'a'+n)) // it fails, which is its nature
					}
				}
			})
		}
		beside := posts()
		close(over)
		bad.Wait()
		b.ReportMetric(float64(alone.Microseconds()), "alone-p99-µs")
		b.ReportMetric(float64(beside.Microseconds()), "beside-p99-µs")
	}
}
