package sandbox

import (
	"errors"
	"io"
	"sync"

	"pegasus/plugins/jail"
)

// frameCost is counted for each message of a child beside its bytes: what it costs here to keep a short one.
const frameCost = 64

// inbox holds what a child has said until it is judged. A child is heard at once, also while the host does something for it or
// answers: two sides that both wrote and did not read would wait for each other. It holds maxTalk at most.
type inbox struct {
	mu       sync.Mutex
	messages [][]byte
	err      error         // why there are no more messages
	news     chan struct{} // something was put in
	over     chan struct{} // closed when nothing more comes
}

// listen hears a child out, until it ends or has said more than it may.
func listen(from io.Reader) *inbox {
	in := &inbox{news: make(chan struct{}, 1), over: make(chan struct{})}
	go func() {
		defer close(in.over)
		for talked := 0; ; {
			message, err := jail.ReadFrame(from, maxFrame)
			if errors.Is(err, jail.ErrFrame) {
				err = refused("The plugin sent more at once than it may.")
			}
			if talked += len(message) + frameCost; err == nil && talked > maxTalk {
				err = refused("The plugin sent more than it may.")
			}
			in.put(message, err)
			if err != nil {
				return
			}
		}
	}()
	return in
}

func (in *inbox) put(message []byte, err error) {
	in.mu.Lock()
	if in.err = err; err == nil {
		in.messages = append(in.messages, message)
	}
	in.mu.Unlock()
	select {
	case in.news <- struct{}{}:
	default:
	}
}

// next waits for a message. Why there is none is said behind the last one.
func (in *inbox) next() ([]byte, error) {
	for {
		in.mu.Lock()
		if len(in.messages) > 0 {
			message := in.messages[0]
			in.messages[0], in.messages = nil, in.messages[1:]
			in.mu.Unlock()
			return message, nil
		}
		err := in.err
		in.mu.Unlock()
		if err != nil {
			return nil, err
		}
		<-in.news
	}
}
