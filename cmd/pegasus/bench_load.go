package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// rawClient speaks just enough HTTP/1.1 over one connection to cost little beside the server that it measures.
type rawClient struct {
	conn net.Conn
	in   *bufio.Reader
}

func (s *benchServer) dial() (*rawClient, error) {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	return &rawClient{conn: conn, in: bufio.NewReaderSize(conn, 2048)}, nil
}

// do sends a request and reads the answer away. It returns the status.
func (c *rawClient) do(request []byte) (int, error) {
	if _, err := c.conn.Write(request); err != nil {
		return 0, err
	}
	status, length, chunked := 0, 0, false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		switch {
		case status == 0:
			status, _ = strconv.Atoi(string(line[9:12]))
		case len(line) == 2 && chunked:
			return status, c.discardChunks()
		case len(line) == 2:
			_, err := c.in.Discard(length)
			return status, err
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			length, _ = strconv.Atoi(string(bytes.TrimSpace(line[16:])))
		case bytes.HasPrefix(line, []byte("Transfer-Encoding:")):
			chunked = true
		}
	}
}

func (c *rawClient) discardChunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return err
		}
		if _, err := c.in.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
}

func (s *benchServer) request(method, path, body string) []byte {
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		method, path, s.address, s.token, len(body), body)
}

type postResult struct {
	rate          float64
	p50, p99, cpu time.Duration
}

// post lets writers post into one channel for a while, each waiting for its answer before the next.
func (s *benchServer) post(ctx context.Context, writers int, long time.Duration) (postResult, error) {
	request := s.request("POST", "/api/chat/channels/"+s.channel+"/messages/send",
		`{"content":"The load test is green, shall we cut the branch at two?"}`)
	before, err := s.cpu()
	if err != nil {
		return postResult{}, err
	}
	start := time.Now()
	took, err := repeat(ctx, s, writers, func(c *rawClient, _ int) (bool, error) {
		status, err := c.do(request)
		if err == nil && status != 201 {
			err = fmt.Errorf("a post answered %d", status)
		}
		return time.Since(start) < long, err
	})
	if err != nil {
		return postResult{}, err
	}
	elapsed := time.Since(start)
	after, err := s.cpu()
	n := len(took)
	return postResult{
		rate: float64(n) / elapsed.Seconds(), p50: took[n/2], p99: took[n*99/100], cpu: (after - before) / time.Duration(n),
	}, err
}

// repeat runs do on workers connections until it says stop, and returns how long each call took, sorted.
func repeat(ctx context.Context, s *benchServer, workers int, do func(c *rawClient, i int) (more bool, err error)) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var work sync.WaitGroup
	for range workers {
		c, err := s.dial()
		if err != nil {
			return nil, err
		}
		work.Go(func() {
			defer c.conn.Close()
			var mine []time.Duration
			more, err := true, error(nil)
			for i := 0; more && err == nil && ctx.Err() == nil; i++ {
				start := time.Now()
				more, err = do(c, i)
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			failed = errors.Join(failed, err)
		})
	}
	work.Wait()
	slices.Sort(all)
	return all, failed
}

type deliverResult struct {
	idle, rate    float64
	p50, p99, cpu time.Duration
}

// deliveryRounds is how many messages each stream gets, one after the other.
const deliveryRounds = 50

// deliver opens streams, weighs them idle, and posts messages that each of them gets.
func (s *benchServer) deliver(ctx context.Context, streams int) (deliverResult, error) {
	empty, err := s.resident()
	if err != nil {
		return deliverResult{}, err
	}
	var got, ready atomic.Int64
	arrived := make(chan time.Time, streams*2)
	for range streams {
		c, err := s.dial()
		if err != nil {
			return deliverResult{}, fmt.Errorf("%w (is the limit of open files, ulimit -n, over %d?)", err, streams*2)
		}
		defer c.conn.Close()
		if _, err := c.conn.Write(s.request("GET", "/api/events", "")); err != nil {
			return deliverResult{}, err
		}
		go watch(c, &ready, &got, arrived)
	}
	if err := await(ctx, func() bool { return ready.Load() == int64(streams) }); err != nil {
		return deliverResult{}, fmt.Errorf("%d of %d streams opened", ready.Load(), streams)
	}
	time.Sleep(2 * time.Second) // presence and the collector settle
	full, err := s.resident()
	if err != nil {
		return deliverResult{}, err
	}
	return s.rounds(ctx, streams, (full-empty)/float64(streams), &got, arrived)
}

func (s *benchServer) rounds(ctx context.Context, streams int, idle float64, got *atomic.Int64, arrived chan time.Time) (deliverResult, error) {
	c, err := s.dial()
	if err != nil {
		return deliverResult{}, err
	}
	defer c.conn.Close()
	before, err := s.cpu()
	if err != nil {
		return deliverResult{}, err
	}
	request := s.request("POST", "/api/chat/channels/"+s.channel+"/messages/send", `{"content":"to everyone"}`)
	var took []time.Duration
	begin := time.Now()
	for round := range deliveryRounds {
		start := time.Now()
		if status, err := c.do(request); err != nil || status != 201 {
			return deliverResult{}, fmt.Errorf("a post answered %d: %w", status, err)
		}
		if err := await(ctx, func() bool { return got.Load() >= int64((round+1)*streams) }); err != nil {
			return deliverResult{}, fmt.Errorf("%d of %d deliveries arrived", got.Load(), (round+1)*streams)
		}
		for len(arrived) > 0 {
			took = append(took, (<-arrived).Sub(start))
		}
	}
	elapsed := time.Since(begin)
	after, err := s.cpu()
	slices.Sort(took)
	n := time.Duration(deliveryRounds * streams)
	return deliverResult{
		idle: idle, rate: float64(n) / elapsed.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100], cpu: (after - before) / n,
	}, err
}

// watch reads a stream and notes each message's arrival.
func watch(c *rawClient, ready, got *atomic.Int64, arrived chan<- time.Time) {
	for {
		line, err := c.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return
		}
		switch {
		case strings.HasPrefix(string(line), "event: connected"):
			ready.Add(1)
		case strings.HasPrefix(string(line), "event: new_message"):
			arrived <- time.Now()
			got.Add(1)
		}
	}
}

func await(ctx context.Context, done func() bool) error {
	for start := time.Now(); !done(); time.Sleep(200 * time.Microsecond) {
		if ctx.Err() != nil || time.Since(start) > 30*time.Second {
			return errors.New("waited in vain")
		}
	}
	return nil
}

type historyResult struct{ newest, old time.Duration }

// history reads the newest page and the one before it, again and again.
func (s *benchServer) history(ctx context.Context, long time.Duration) (historyResult, error) {
	path := "/api/chat/channels/" + s.channel + "/messages?limit=50"
	var page struct{ Messages []struct{ ID string } }
	if err := s.call("GET", path, nil, &page); err != nil {
		return historyResult{}, err
	}
	var medians []time.Duration
	for _, p := range []string{path, path + "&before=" + page.Messages[0].ID} {
		request := s.request("GET", p, "")
		start := time.Now()
		took, err := repeat(ctx, s, 1, func(c *rawClient, _ int) (bool, error) {
			status, err := c.do(request)
			if err == nil && status != 200 {
				err = fmt.Errorf("a page of history answered %d", status)
			}
			return time.Since(start) < long/2, err
		})
		if err != nil {
			return historyResult{}, err
		}
		medians = append(medians, took[len(took)/2])
	}
	return historyResult{newest: medians[0], old: medians[1]}, nil
}
