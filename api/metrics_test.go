package api

import (
	"encoding/json"
	"fmt"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestTheMetricsHaveTheirShapes(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.join("ada"), w.admin("boss")
	general, err := w.store.ChannelByName(t.Context(), chat.General)
	must(t, err)
	_, err = w.chat.PostMessage(t.Context(), ada.User, general.ID, chat.Draft{Content: "one"})
	must(t, err)
	w.call(nil, "GET", "/api/metrics/health", nil).exactly(200,
		`{"status":"healthy","uptime":100,"version":"test","timestamp":"TIME","services":{"ecs":null,"database":{"status":"healthy"}}}`)
	system := w.call(ada, "GET", "/api/metrics/system", nil).want(200)
	for key, want := range map[string]string{"activeConnections": "0", "totalMessages": "1", "averageLatency": "20", "errorRate": "0"} {
		if got := system.field(key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	w.call(boss, "GET", "/api/metrics/costs", nil).want(200)
	w.Accounts.Record(t.Context(), accounts.Event{Action: accounts.ActionSignInFailed})
	w.Accounts.Record(t.Context(), accounts.Event{Action: accounts.ActionBanned, UserID: ada.ID})
	w.call(boss, "GET", "/api/metrics/security", nil).exactly(200,
		`{"threatsBlocked":1,"suspiciousActivity":0,"authenticationFailures":1,"complianceScore":null,"lastSecurityScan":null}`)

	w.breakStore()
	w.call(nil, "GET", "/api/metrics/health", nil).exactly(503,
		`{"status":"unhealthy","uptime":100,"version":"test","timestamp":"TIME","services":{"ecs":null,"database":{"status":"unhealthy"}}}`)
}

func TestCostsAreThoseThatAreKnown(t *testing.T) {
	w := newWorld(t)
	costs := w.call(w.admin("boss"), "GET", "/api/metrics/costs", nil).want(200)
	for key, want := range map[string]string{"dailyCost": "13.25", "costTrend": "stable", "currency": "EUR", "optimization": "[]", "storageBytes": ""} {
		if got := costs.field(key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
}

func TestATimeSeriesIsABareArrayOfTheStepsAskedFor(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for path, want := range map[string]int{
		"cpu": 20, "memory?period=60&points=60": 60, "connections?period=1440&points=24": 24, "latency?period=43200&points=1000": 720,
		"errors?period=1&points=1000": 6, "errors?period=0&points=-5": 1, "errors?period=99999999999999999999&points=2": 2, "cpu?period=&points=": 20,
	} {
		var points []struct {
			Timestamp string
			Value     *float64
		}
		answer := w.call(ada, "GET", "/api/metrics/timeseries/"+path, nil).want(200)
		must(t, json.Unmarshal(answer.Body.Bytes(), &points))
		if len(points) != want {
			t.Errorf("%s has %d points, want %d", path, len(points), want)
		}
	}
	var points []struct{ Value *float64 }
	answer := w.call(ada, "GET", "/api/metrics/timeseries/latency?period=60&points=60", nil).want(200)
	must(t, json.Unmarshal(answer.Body.Bytes(), &points))
	if last := points[59].Value; last == nil || *last != 20 || points[0].Value != nil {
		t.Errorf("the latency is %v at first and %v at last", points[0].Value, last)
	}
	for path, field := range map[string]string{"latency?period=soon": "period", "latency?points=1e3": "points", "weather": "metricType", "latency_p99": "metricType"} {
		refused := w.call(ada, "GET", "/api/metrics/timeseries/"+path, nil).want(400, "VALIDATION_ERROR")
		var body struct{ Details []struct{ Field string } }
		must(t, json.Unmarshal(refused.Body.Bytes(), &body))
		if fmt.Sprint(body.Details) != "[{"+field+"}]" {
			t.Errorf("%s names %v", path, body.Details)
		}
	}
}

func TestAlarmsAreABareArray(t *testing.T) {
	w := newWorld(t)
	var alarms []struct{ Name, State, Reason, Metric string }
	answer := w.call(w.join("ada"), "GET", "/api/metrics/alarms", nil).want(200)
	must(t, json.Unmarshal(answer.Body.Bytes(), &alarms))
	if len(alarms) == 0 || alarms[0].Name != "errors-high" || alarms[0].State != "INSUFFICIENT_DATA" || alarms[0].Reason == "" || alarms[0].Metric != "errors" {
		t.Errorf("the alarms are %+v", alarms)
	}
}
