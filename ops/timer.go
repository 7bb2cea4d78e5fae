package ops

import (
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// A duration falls into one of eight buckets of its power of two, in microseconds, so that a percentile is right to within an
// eighth. The last bucket holds everything from 67 seconds on.
const (
	stepBits = 3
	steps    = 1 << stepBits
	buckets  = 24 * steps
	shards   = 8 // a power of two
)

// bucketOf returns the bucket of a duration.
func bucketOf(took time.Duration) int {
	us := uint64(max(took, 0) / time.Microsecond)
	if us < steps {
		return int(us)
	}
	octave := bits.Len64(us) - stepBits - 1
	return min((octave+1)*steps+int(us>>octave)-steps, buckets-1)
}

// floor returns the shortest duration of a bucket.
func floor(bucket int) time.Duration {
	if bucket < steps {
		return time.Duration(bucket) * time.Microsecond
	}
	octave := bucket/steps - 1
	return time.Duration(steps+bucket%steps) << octave * time.Microsecond
}

// Timer counts durations. Its zero value is ready, and it is safe for use by many goroutines: none waits for another, and
// nothing is allocated.
type Timer struct{ shards [shards]shard }

// shard is as long as some lines of the cache, so that two processors seldom share one.
type shard struct {
	sum    atomic.Int64 // nanoseconds
	counts [buckets]atomic.Uint64
	_      [56]byte
}

// Observe counts one duration.
func (t *Timer) Observe(took time.Duration) {
	s := &t.shards[rand.Uint32()%shards]
	s.sum.Add(int64(took))
	s.counts[bucketOf(took)].Add(1)
}

// total is what a timer has counted up to a moment.
type total struct {
	sum    time.Duration
	counts [buckets]uint64
}

func (t *Timer) total() (sum total) {
	for i := range t.shards {
		s := &t.shards[i]
		sum.sum += time.Duration(s.sum.Load())
		for b := range s.counts {
			sum.counts[b] += s.counts[b].Load()
		}
	}
	return sum
}

// since returns what came after an earlier total.
func (t total) since(before total) Histogram {
	h := Histogram{Sum: t.sum - before.sum}
	for b := range t.counts {
		if n := t.counts[b] - before.counts[b]; n > 0 {
			h.Buckets = append(h.Buckets, Bucket{b, n})
		}
	}
	return h
}

// Histogram is how long things took that happened within a time.
type Histogram struct {
	Sum     time.Duration
	Buckets []Bucket // those that are not empty, in order
}

// Bucket is how many durations fell into a bucket.
type Bucket struct {
	Index int
	Count uint64
}

// Count returns how many there were.
func (h Histogram) Count() (n uint64) {
	for _, b := range h.Buckets {
		n += b.Count
	}
	return n
}

// Mean returns the mean, and false where there was nothing.
func (h Histogram) Mean() (time.Duration, bool) {
	n := h.Count()
	if n == 0 {
		return 0, false
	}
	return h.Sum / time.Duration(n), true
}

// Percentile returns the duration that a share of all, from 0 to 1, stayed below, and false where there was nothing.
func (h Histogram) Percentile(share float64) (time.Duration, bool) {
	n := h.Count()
	if n == 0 {
		return 0, false
	}
	rank := share * float64(n)
	below := 0.0
	for _, b := range h.Buckets {
		if within := float64(b.Count); below+within >= rank {
			from, to := floor(b.Index), floor(b.Index+1)
			return from + time.Duration(float64(to-from)*(rank-below)/within), true
		}
		below += float64(b.Count)
	}
	return floor(h.Buckets[len(h.Buckets)-1].Index + 1), true
}

// merge returns both together.
func (h Histogram) merge(o Histogram) Histogram {
	out := Histogram{Sum: h.Sum + o.Sum, Buckets: make([]Bucket, 0, len(h.Buckets)+len(o.Buckets))}
	a, b := h.Buckets, o.Buckets
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Index < b[0].Index:
			out.Buckets, a = append(out.Buckets, a[0]), a[1:]
		case a[0].Index > b[0].Index:
			out.Buckets, b = append(out.Buckets, b[0]), b[1:]
		default:
			out.Buckets = append(out.Buckets, Bucket{a[0].Index, a[0].Count + b[0].Count})
			a, b = a[1:], b[1:]
		}
	}
	out.Buckets = append(append(out.Buckets, a...), b...)
	return out
}
