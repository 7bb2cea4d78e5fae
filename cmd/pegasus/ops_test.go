package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/brand"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/mail/mailtest"
	"pegasus/ops"
)

// opened returns the wired program over an empty data directory.
func opened(t *testing.T, environ ...string) *app {
	t.Helper()
	s, err := read(t, append(environ, "DATA_DIR="+t.TempDir())...)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), s, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a
}

func (a *app) get(path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://localhost:8080"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	a.handler.ServeHTTP(rec, r)
	return rec
}

func TestABadSettingOfWatchingIsNamed(t *testing.T) {
	for environ, name := range map[string]string{
		"ALARMS=weather>5": "ALARMS", "ALARM_MAIL=nobody": "ALARM_MAIL", "ALARM_MAIL=Ops<ops@example.test>": "ALARM_MAIL", "COST_PER_HOUR=-1": "COST_PER_HOUR", "COST_PER_HOUR=cheap": "COST_PER_HOUR",
		"COST_STORAGE_GB_MONTH=NaN": "COST_STORAGE_GB_MONTH", "METRICS_ADDR=9090": "METRICS_ADDR", "METRICS_ADDR=localhost:": "METRICS_ADDR", "METRICS_TOKEN=short": "METRICS_TOKEN",
		"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318":                                     "OTEL_EXPORTER_OTLP_ENDPOINT",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c OTEL_TRACES_SAMPLER_ARG=2":                 "OTEL_TRACES_SAMPLER_ARG",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c OTEL_EXPORTER_OTLP_HEADERS=a=1,b":          "OTEL_EXPORTER_OTLP_HEADERS",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c OTEL_EXPORTER_OTLP_HEADERS=a=%0d%0ax:%20y": "OTEL_EXPORTER_OTLP_HEADERS",
	} {
		_, err := read(t, strings.Fields(environ)...)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", environ, err)
		}
	}
	s, err := read(t, "ALARMS=default; errors > 1%", "ALARM_MAIL=a@example.test, b@example.test",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c", "OTEL_EXPORTER_OTLP_HEADERS=X-Key=a%20b,Other=c=d")
	if err != nil || len(s.rules) != 8 || s.AlarmMail[1] != "b@example.test" || s.traceHeaders["X-Key"] != "a b" || s.traceHeaders["Other"] != "c=d" {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestAnAlarmIsToldOnceInItsChannelAndByMail(t *testing.T) {
	a := opened(t, "ALARM_CHANNEL=#general")
	ctx := t.Context()
	boss, err := a.accounts.CreateAdmin(ctx, accounts.Draft{Email: "boss@example.test", Password: "correct horse battery", Name: "Boss"})
	if err != nil {
		t.Fatal(err)
	}
	fired := ops.AlarmChange{ID: "65f000000000000000000001", Name: "errors-high", State: ops.Alarm, Reason: "Errors: 12 %.", At: now()}
	over := fired
	over.ID, over.State = "65f000000000000000000002", ops.OK
	for _, c := range []ops.AlarmChange{fired, fired, over} {
		if err := a.tellAlarm(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	general, err := a.store.ChannelByName(ctx, chat.General)
	if err != nil {
		t.Fatal(err)
	}
	page, err := a.store.Messages(ctx, general.ID, chat.Page{Limit: 10})
	if err != nil || len(page) != 2 {
		t.Fatalf("%d messages, %v", len(page), err)
	}
	for i, want := range []string{"**Alarm:** `errors-high`. Errors: 12 %. [Operations](http://localhost:8080/ops)", "**Over:** `errors-high`."} {
		if !strings.HasPrefix(page[i].Content, want) {
			t.Errorf("message %d is %q", i, page[i].Content)
		}
	}
	bots, err := a.accounts.Bots(ctx, boss, "", 10)
	if err != nil || len(bots) != 1 || bots[0].Name != "Alarms" {
		t.Errorf("the bots are %+v, %v", bots, err)
	}
	mails, err := a.outbox.Recent(ctx, 10)
	if err != nil || len(mails) < 2 || mails[0].To != boss.Email || mails[0].Subject != "An alarm of Pegasus is over" || !strings.Contains(mails[1].Text, "errors-high. Errors: 12 %.") {
		t.Errorf("the mails are %+v, %v", mails, err)
	}
}

func TestAnAlarmWithoutItsChannelIsMailedAllTheSame(t *testing.T) {
	a := opened(t, "ALARM_CHANNEL=nowhere", "ALARM_MAIL=ops@example.test")
	if err := a.tellAlarm(t.Context(), ops.AlarmChange{ID: "65f000000000000000000001", Name: "errors-high", State: ops.Alarm, At: now()}); err != nil {
		t.Fatal(err)
	}
	mails, err := a.outbox.Recent(t.Context(), 10)
	if err != nil || len(mails) != 1 || mails[0].To != "ops@example.test" {
		t.Errorf("the mails are %+v, %v", mails, err)
	}
}

func TestWhatCannotBeToldHoldsNothingUp(t *testing.T) {
	a := opened(t, "ALARM_CHANNEL=#general")
	ctx := t.Context()
	for _, person := range []struct{ name, email string }{{"Alarms", "alarms@example.test"}, {"Boss", "boss@example.test"}} { // no bot may be called like a person
		if _, err := a.accounts.CreateAdmin(ctx, accounts.Draft{Email: person.email, Password: "correct horse battery", Name: person.name}); err != nil {
			t.Fatal(err)
		}
	}
	a.settings.AlarmMail = []string{"no address", "ops@example.test"}
	if err := a.tellAlarm(ctx, ops.AlarmChange{ID: "65f000000000000000000001", Name: "errors-high", State: ops.Alarm, At: now()}); err != nil {
		t.Errorf("it is tried again: %v", err)
	}
	mails, err := a.outbox.Recent(ctx, 10)
	if err != nil || len(mails) == 0 || mails[0].To != "ops@example.test" {
		t.Errorf("the mails are %+v, %v", mails, err)
	}
}

func TestWhatMaySucceedLaterIsTriedAgain(t *testing.T) {
	a := opened(t)
	for kind, again := range map[fault.Kind]bool{
		fault.Internal: true, fault.Unavailable: true, fault.Full: true, fault.Limited: true, fault.Forbidden: false, fault.Conflict: false, fault.Invalid: false, fault.Mismatch: false,
	} {
		if err := a.givenUp(ops.AlarmChange{}, fault.New(kind, "X", "x")); (err != nil) != again {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}

func TestOnECSTheTaskSaysHowItIs(t *testing.T) {
	answer := `{"Cluster":"default","TaskARN":"arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c","Family":"pegasus",
		"Revision":"26","DesiredStatus":"RUNNING","KnownStatus":"RUNNING","Containers":[{"DockerId":"ea32192c8553","Name":"pegasus"}]}`
	metadata := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v4/158d/task" {
			t.Errorf("it asks for %s", r.URL.Path)
		}
		io.WriteString(w, answer)
	}))
	defer metadata.Close()
	a := opened(t, "ECS_CONTAINER_METADATA_URI_V4="+metadata.URL+"/v4/158d")
	at := now()
	a.ops.Now = func() time.Time { return at }
	a.ops.Start(t.Context(), nil)
	for _, c := range []struct{ answer, want string }{
		{answer, `"ecs":{"status":"healthy","runningTasks":1,"desiredTasks":1}`},
		{strings.ReplaceAll(answer, `"DesiredStatus":"RUNNING"`, `"DesiredStatus":"STOPPED"`), `"ecs":{"status":"healthy","runningTasks":1,"desiredTasks":0}`},
		{"{", `"ecs":null`},
	} {
		answer = c.answer
		at = at.Add(time.Minute)
		a.ops.Sample(t.Context())
		if body := a.get("/api/metrics/health").Body.String(); !strings.Contains(body, c.want) {
			t.Errorf("it says %s, want %s", body, c.want)
		}
	}
}

func TestMetricsAreServedOnlyWhereTheyAreSetUp(t *testing.T) {
	token := strings.Repeat("0123456789", 4)
	for _, c := range []struct {
		environ []string
		bearer  string
		want    int
	}{
		{nil, "", 404}, {nil, token, 404}, {[]string{"METRICS_ADDR=127.0.0.1:0"}, "", 404}, {[]string{"METRICS_ADDR=127.0.0.1:0", "METRICS_TOKEN=" + token}, token, 404},
		{[]string{"METRICS_TOKEN=" + token}, token, 200}, {[]string{"METRICS_TOKEN=" + token}, token[1:], 401}, {[]string{"METRICS_TOKEN=" + token}, "", 401},
	} {
		a := opened(t, c.environ...)
		a.get("/livez")
		answer := a.get("/metrics", "Authorization", "Bearer "+c.bearer)
		if answer.Code != c.want || c.want == 200 && !strings.Contains(answer.Body.String(), "pegasus_http_request_duration_seconds_count 1") {
			t.Errorf("%v with %q: %d %.300s", c.environ, c.bearer, answer.Code, answer.Body)
		}
	}
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	a := opened(t, "METRICS_ADDR=127.0.0.1:0")
	listener, err := a.listenMetrics()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { a.serveMetrics(ctx, listener); close(ended) }()
	for path, want := range map[string]int{"/metrics": 200, "/": 404} {
		answer, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s is %d", path, answer.StatusCode)
		}
	}
	stop()
	<-ended
}

func TestARequestIsTracedWithoutWhatIsSecret(t *testing.T) {
	var sent []byte
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent, _ = io.ReadAll(r.Body) }))
	defer collector.Close()
	a := opened(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	a.get("/users/65f000000000000000000001?q=canary", "Cookie", "session=canary")
	a.get("/api/auth/reset-password/canary")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	a.tracer.Run(ctx)
	if !json.Valid(sent) || strings.Contains(string(sent), "canary") {
		t.Errorf("it sent %s", sent)
	}
	for _, name := range []string{"GET /users/{user}", "GET /api/auth/reset-password/{token}"} {
		if !strings.Contains(string(sent), `"name":"`+name+`"`) {
			t.Errorf("%s is missing of %s", name, sent)
		}
	}
}

// mailed is a program that sends mail to a server, and can do without its database once the test has closed that.
func mailed(t *testing.T, server *mailtest.Server, env ...string) *app {
	t.Helper()
	host, port, err := net.SplitHostPort(server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	a := opened(t, append(env, "MAIL_SERVER="+host, "MAIL_PORT="+port, "MAIL_USE_TLS=false", "MAIL_FROM=chat@example.test")...)
	boss, err := a.accounts.CreateAdmin(t.Context(), accounts.Draft{Email: "boss@example.test", Password: "correct horse battery", Name: "Boss"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.brand.Change(t.Context(), boss, brand.Change{Name: new("Harbour")}); err != nil {
		t.Fatal(err)
	}
	return a
}

var outage = ops.AlarmChange{ID: "65f000000000000000000001", Name: "store-down-high", State: ops.Alarm, At: now()}

func TestAnAlarmIsMailedWhileTheDatabaseIsAway(t *testing.T) {
	for _, c := range []struct {
		addresses string
		to        []string
	}{{"", []string{"boss@example.test"}}, {"ALARM_MAIL=ops@example.test,night@example.test", []string{"ops@example.test", "night@example.test"}}} {
		server := mailtest.Start(t, mailtest.Options{Security: mailtest.Plain})
		a := mailed(t, server, c.addresses)
		a.remember(t.Context())
		if err := a.store.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.brand.Forget()
		a.remember(t.Context()) // which fails, and forgets nobody
		if err := a.tellAlarmNow(t.Context(), outage); err != nil {
			t.Fatal(err)
		}
		for i, m := range server.Wait(t, len(c.to)) {
			if m.To[0] != c.to[i] || !strings.Contains(m.Text, "store-down-high") || !strings.Contains(m.Text, "Harbour") {
				t.Errorf("a mail to %v says %q", m.To, m.Text)
			}
		}
		if n := server.Sessions(); n != 1 {
			t.Errorf("%d connections were made", n)
		}
	}
}

func TestAnAlarmThatTakesLongToMailGoesOnWithThoseWhoAreLeft(t *testing.T) {
	addresses := []string{"one@example.test", "two@example.test", "three@example.test"}
	ctx, cut := context.WithCancel(t.Context())
	defer cut()
	server := mailtest.Start(t, mailtest.Options{Security: mailtest.Plain, Rcpt: func(to string) error {
		switch to {
		case addresses[0]:
			return mailtest.Refusal(550, "nobody here")
		case addresses[2]:
			if ctx.Err() == nil {
				cut()
				return mailtest.Refusal(451, "not now")
			}
		}
		return nil
	}})
	a := mailed(t, server, "ALARM_MAIL="+strings.Join(addresses, ","))
	a.remember(t.Context())
	if err := a.tellAlarmNow(ctx, outage); err == nil {
		t.Fatal("all are told")
	}
	if err := a.tellAlarmNow(t.Context(), outage); err != nil {
		t.Fatal(err)
	}
	var to []string
	for _, m := range server.Messages() {
		to = append(to, m.To...)
	}
	if got := strings.Join(to, " "); got != "two@example.test three@example.test" {
		t.Errorf("mail went to %s", got)
	}
}
