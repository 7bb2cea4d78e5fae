package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"pegasus/markdown"
)

// benchOptions say how long and how wide to measure.
type benchOptions struct {
	seconds  time.Duration
	writers  int
	streams  int
	messages int
}

// bench measures a server of this program on this machine, with the client beside it: posts, deliveries, history.
func bench(ctx context.Context, args []string, out io.Writer) error {
	var o benchOptions
	flags := flag.NewFlagSet("pegasus bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.DurationVar(&o.seconds, "time", 5*time.Second, "how long each measurement of posts takes")
	flags.IntVar(&o.writers, "writers", 32, "how many people write at once")
	flags.IntVar(&o.streams, "streams", 2000, "how many streams are open")
	flags.IntVar(&o.messages, "messages", 0, "also measure history, start and a large workspace with so many messages stored (1000000 takes some twenty minutes)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pegasus-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := benchPosts(ctx, o, filepath.Join(dir, "posts"), out); err != nil {
		return err
	}
	if o.messages == 0 {
		return nil
	}
	if err := benchHistory(ctx, o, dir, out); err != nil {
		return err
	}
	return benchWorkspace(ctx, o, dir, out)
}

func benchPosts(ctx context.Context, o benchOptions, dir string, out io.Writer) error {
	s, err := startBenchServer(ctx, dir)
	if err != nil {
		return err
	}
	defer s.stop()
	fmt.Fprintf(out, "ready after              %10.0f ms\n", s.started.Seconds()*1000)
	for _, writers := range []int{1, o.writers} {
		r, err := s.post(ctx, writers, o.seconds)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "posts, %3d at once       %10.0f /s   p50 %6.2f ms  p99 %6.2f ms  server CPU %5.0f µs a post\n",
			writers, r.rate, r.p50.Seconds()*1000, r.p99.Seconds()*1000, r.cpu.Seconds()*1e6)
	}
	d, err := s.deliver(ctx, o.streams)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "idle stream              %10.1f KiB  (%d streams)\n", d.idle/1024, o.streams)
	fmt.Fprintf(out, "deliveries               %10.0f /s   p50 %6.2f ms  p99 %6.2f ms  server CPU %5.1f µs a delivery, %.1f µs wall\n",
		d.rate, d.p50.Seconds()*1000, d.p99.Seconds()*1000, d.cpu.Seconds()*1e6, 1e6/d.rate)
	return nil
}

func benchHistory(ctx context.Context, o benchOptions, dir string, out io.Writer) error {
	render := markdown.New().Render
	for _, n := range []int{10_000, o.messages} {
		data := filepath.Join(dir, fmt.Sprint(n))
		if err := fillBench(ctx, data, n, render); err != nil {
			return err
		}
		s, err := startBenchServer(ctx, data)
		if err != nil {
			return err
		}
		h, err := s.history(ctx, o.seconds)
		s.stop()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "at %8d messages     ready after %4.0f ms   newest page %6.3f ms   page before it %6.3f ms (medians)\n",
			n, s.started.Seconds()*1000, h.newest.Seconds()*1000, h.old.Seconds()*1000)
	}
	return nil
}
