package ops

import (
	"testing"
	"time"
)

func BenchmarkCounting(b *testing.B) {
	r := &Recorder{}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r.Request(200, 3*time.Millisecond)
		}
	})
}
