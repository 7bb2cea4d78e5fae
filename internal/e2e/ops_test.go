package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// shorterThan is how long a thing may take that the server looks at every ten seconds.
const shorterThan = 90 * time.Second

// An alarm fires and clears by itself, under a load that comes over the network.
func TestAnAlarmFiresUnderALoadAndClearsAfterIt(t *testing.T) {
	t.Parallel()
	s := start(t, "ALARMS=requests > 10 for 10s", "ALARM_CHANNEL=general", "METRICS_TOKEN="+strings.Repeat("metrics-token-", 3))
	boss := s.boss(t)
	state := func() string {
		var alarms []struct{ Name, State string }
		boss.must("GET", "/api/metrics/alarms", nil, &alarms)
		if len(alarms) != 1 || alarms[0].Name != "requests-high" {
			t.Fatalf("the alarms are %+v", alarms)
		}
		return alarms[0].State
	}
	until := func(want string, meanwhile func()) {
		t.Helper()
		for deadline := time.Now().Add(shorterThan); state() != want; {
			if time.Now().After(deadline) {
				t.Fatalf("the alarm is %s, want %s\n%s", state(), want, s.log())
			}
			for until := time.Now().Add(200 * time.Millisecond); time.Now().Before(until); {
				meanwhile()
			}
		}
	}
	load := func() {
		for range 10 {
			answer, err := http.Get(s.url + "/livez")
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	rest := func() { time.Sleep(200 * time.Millisecond) }
	until("ALARM", load)

	ctx := boss.browse(wide, high)
	do(t, ctx, open(s.url+"/ops"), seen(".alarms .verdict.bad"), seen(".chart svg path.line"))
	until("OK", rest)
	// The page shows it by itself, with the history open that was.
	do(t, ctx, press("#ops-history summary"), gone(".alarms .verdict.bad"), present("#ops-history[open] tbody tr:nth-child(2)"))

	var said []string
	for _, m := range boss.history(boss.channel("general")) {
		said = append(said, m.Content)
	}
	text := strings.Join(said, "\n")
	if strings.Count(text, "**Alarm:** `requests-high`") != 1 || strings.Count(text, "**Over:** `requests-high`") != 1 {
		t.Errorf("the channel says\n%s", text)
	}
	do(t, ctx, open(s.url+"/debug"), waitFor(`document.body.innerText.includes("An alarm of Pegasus is over")`))
	s.metricsNeedTheirToken(t)
}

// metricsNeedTheirToken looks at /metrics as Prometheus does.
func (s *server) metricsNeedTheirToken(t *testing.T) {
	t.Helper()
	for token, want := range map[string]int{"": 401, "wrong": 401, strings.Repeat("metrics-token-", 3): 200} {
		r, err := http.NewRequest("GET", s.url+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("with the token %q it is %d, want %d", token, answer.StatusCode, want)
		}
	}
}

func TestOperationsWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx := s.boss(t).browse(wide, high)
	do(t, ctx, scriptsOff(), open(s.url+"/ops"), seen("dl.tiles"), press(`.ranges a[href="/ops?range=24h"]`),
		seen(`.ranges a[href="/ops?range=24h"][aria-current]`), press(`#ops a[href="/ops?range=24h"].aside-link`), seen("dl.tiles"))
	if title := get(t, ctx, chromedp.Text(chromedp.CSS("#ops-charts"))); title != "24 hours" {
		t.Errorf("the charts are of %q", title)
	}
}
