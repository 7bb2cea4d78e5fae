package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"time"

	"pegasus/brand"
	"pegasus/ops"
	"pegasus/queue"
)

// metadataLimit is the most that is read of the metadata of an ECS task, in bytes.
const metadataLimit = 1 << 20

func (a *app) openOps() {
	s := a.settings
	a.alarmsTo.Store(&lastKnown{s.AlarmMail, brand.DefaultName})
	o := ops.Options{
		Store: a.store, Recorder: a.recorder, Now: now, Dir: s.DataDir, Cores: runtime.GOMAXPROCS(0), Version: version,
		Streams: a.broker.Streams, Mail: a.store.CountMail, Hooks: a.hooks.Work(nil).Kind, Rules: s.rules, Tell: a.tellAlarm, TellNow: a.tellAlarmNow,
		Costs:    ops.Costs{PerHour: s.CostPerHour, StorageGBMonth: s.CostStorage, Currency: s.Currency, Spend: a.spend},
		Security: a.countEvents,
		Failed:   a.warn,
	}
	if a.bridge != nil {
		o.Leads, o.Joined = a.lead.Leads, func() int { return a.bridge.Status().Servers }
		o.Share = func(measure string) { a.bridge.Tell(tellMeasure, measure) }
	}
	if s.Backups.Every > 0 {
		o.Backup = func(ctx context.Context) (time.Time, error) { return a.backups.AwaitedSince(ctx) }
	}
	if s.ECSMetadata != "" {
		client := &http.Client{Timeout: 2 * time.Second}
		o.Task = func(ctx context.Context) ([]byte, error) { return fetchTask(ctx, client, s.ECSMetadata+"/task") }
	}
	a.ops = ops.New(o)
}

// fetchTask asks the agent of ECS, which the settings name, so that no guard stands before it.
func fetchTask(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the metadata of the task answers with %s", answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, metadataLimit))
}

// queues are those of all work that is done beside requests.
func queues(all []queue.Work) []ops.Queue {
	out := make([]ops.Queue, len(all))
	for i, w := range all {
		out[i] = ops.Queue{Name: w.Kind, Due: w.Due}
	}
	return out
}

// spend is what models cost. Where nothing says at what price, that is not known, also where nobody used them: a sum of nothing would
// look like a server that costs nothing.
func (a *app) spend(ctx context.Context, first, last string) (float64, bool, error) {
	used, err := a.store.UsageBetween(ctx, "", first, last)
	priced := a.settings.InputPrice > 0 || a.settings.OutputPrice > 0 || used.Cost > 0
	return float64(used.Cost) / 1e6, priced, err
}

func (a *app) countEvents(ctx context.Context, from time.Time) (map[string]int, error) {
	counts, err := a.store.CountEvents(ctx, from)
	named := make(map[string]int, len(counts))
	for action, n := range counts {
		named[string(action)] = n
	}
	return named, err
}

// countConnections follows the connections of the server. Those of streams are theirs once they are taken over.
func (a *app) countConnections(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		a.recorder.Connections(1)
	case http.StateClosed, http.StateHijacked:
		a.recorder.Connections(-1)
	}
}
