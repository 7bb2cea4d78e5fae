package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"pegasus/queue"
)

const (
	stopWait  = 8 * time.Second // for requests under way, out of the 10 s that a stop may take
	tidyEvery = time.Hour
	// taskEvery is how often the program looks for what is due, such as scheduled messages.
	taskEvery = time.Second
	// sweepEvery is how often files are removed whose time is over, beside those that people delete.
	sweepEvery = 10 * time.Minute
	// recountEvery is how often the unread counts of everybody are checked.
	recountEvery = 6 * time.Hour
	// previewers is how many links are looked at at once.
	previewers = 2
)

// serve runs the server until ctx ends, then lets what is under way finish.
func serve(ctx context.Context, environ []string, out io.Writer) error {
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: s.LogLevel}))
	a, err := newApp(ctx, s, log)
	if err != nil {
		return err
	}
	// The store closes last, whatever happens: it still holds what was acknowledged.
	defer a.close()

	a.sweepScratch(ctx)
	listener, err := net.Listen("tcp", s.address())
	if err != nil {
		return fmt.Errorf("cannot listen on %s (settings HOST and PORT): %w", s.address(), err)
	}
	metrics, err := a.listenMetrics()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := a.greet(ctx, out); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := a.connectServers(); err != nil {
		return errors.Join(err, listener.Close())
	}
	return a.serve(ctx, listener, metrics)
}

// serve answers on listener, and on metrics where it is not nil, until ctx ends.
func (a *app) serve(ctx context.Context, listener, metrics net.Listener) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	if a.bridge != nil {
		work.Go(func() { a.bridge.Run(background) })
		work.Go(func() { a.lead.Run(background) })
		work.Go(func() { a.endings.Run(background) })
	}
	work.Go(func() { a.chat.TellPresence(background) })
	work.Go(func() { a.outbox.Run(background) })
	work.Go(func() {
		a.accounts.Tidy(background, tidyEvery, a.warns("remove expired sessions"))
	})
	work.Go(func() {
		a.files.Run(background, sweepEvery, a.warns("remove files"))
	})
	work.Go(func() { a.backups.Run(background, taskEvery) })
	work.Go(func() { a.chat.TellNotices(background) })
	work.Go(func() { a.chat.CheckUnread(background, recountEvery, a.lead.Leads, a.reportUnread) })
	notDone := a.warns("do what is due")
	due := append(a.chat.Tasks(notDone), a.notify.Tasks(notDone)...)
	for _, tasks := range due {
		work.Go(func() { tasks.Run(background, taskEvery) })
	}
	work.Go(func() { a.plugins.Run(background) })
	work.Go(func() { a.plugins.Listen(background) })
	ofPlugins := a.plugins.Tasks(a.warns("do what plugins wait for"))
	for _, tasks := range ofPlugins {
		work.Go(func() { tasks.Run(background, taskEvery) })
	}
	deliveries := a.hooks.Work(a.warns("send what webhooks are to send"))
	work.Go(func() { deliveries.Run(background, taskEvery) })
	called := a.hooks.Forgetting(a.warns("forget old calls of commands"))
	work.Go(func() { called.Run(background, taskEvery) })
	work.Go(func() { a.ops.Run(background, queues(slices.Concat(due, ofPlugins, []queue.Work{deliveries, called}))) })
	work.Go(func() { a.runRemembering(background) })
	for range previewers {
		work.Go(func() {
			a.chat.RunPreviews(background, a.warns("show what a link leads to"))
		})
	}
	if metrics != nil {
		work.Go(func() { a.serveMetrics(background, metrics) })
	}
	if a.tracer != nil {
		work.Go(func() { a.tracer.Run(background) })
	}
	defer work.Wait()
	defer stopBackground()

	server := &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ConnState:         a.countConnections,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
		// net/http would answer OPTIONS * past the handler, which ends connections behind chunks.
		DisableGeneralOptionsHandler: true,
	}
	failed := make(chan error, 1)
	go func() { failed <- a.listen(server, listener) }()
	a.log.Info("ready", "address", listener.Addr().String(), "url", a.settings.appURL.String(), "store", a.store.Kind, "version", version)
	select {
	case err := <-failed:
		return fmt.Errorf("the server stopped: %w", err)
	case <-ctx.Done():
	}
	a.log.Info("stopping")
	// Streams would hold the stop up for ever; their clients come back by themselves.
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWait)
	defer cancel()
	a.broker.Close(stopping)
	a.plugins.Close(stopping)
	if err := server.Shutdown(stopping); err != nil {
		a.log.Warn("some requests did not finish in time", "error", err)
		return server.Close()
	}
	return nil
}

// greet prints where to go, and the set-up link while there is no admin. The link is a secret, so it is not logged.
func (a *app) greet(ctx context.Context, out io.Writer) error {
	token, err := a.accounts.OpenSetup(ctx)
	if err != nil {
		return err
	}
	url := a.settings.appURL.String()
	if token == "" {
		_, err = fmt.Fprintf(out, "\nPegasus is at %s\n\n", url)
		return err
	}
	_, err = fmt.Fprintf(out, "\nPegasus is at %s\nMake the first admin here (the link works once):\n\n    %s/setup?token=%s\n\n", url, url, token)
	return err
}
