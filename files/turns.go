package files

import "context"

const (
	decodesAtOnce = 2
	// largePixels is from where a picture is decoded alone. The costliest ones take 15 bytes a pixel.
	largePixels = 6_000_000
)

// turns bound how many pictures are in memory at once.
type turns struct {
	queue chan struct{} // held while taking slots, so that two large pictures never wait for each other
	slots chan struct{}
}

func newTurns() *turns {
	return &turns{queue: make(chan struct{}, 1), slots: make(chan struct{}, decodesAtOnce)}
}

// take waits for room for a picture and returns how to give it back.
func (t *turns) take(ctx context.Context, pixels int) (done func(), err error) {
	need, have := 1, 0
	if pixels > largePixels {
		need = decodesAtOnce
	}
	done = func() {
		for range have {
			<-t.slots
		}
	}
	select {
	case t.queue <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-t.queue }()
	for have < need {
		select {
		case t.slots <- struct{}{}:
			have++
		case <-ctx.Done():
			done()
			return nil, ctx.Err()
		}
	}
	return done, nil
}
