package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// receiver is a server that an outgoing webhook reaches, and what it was sent.
func receiver(t *testing.T, answer string) (address string, sent chan map[string]any) {
	sent = make(chan map[string]any, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if r.Header.Get("webhook-signature") != "" && json.NewDecoder(r.Body).Decode(&body) == nil {
			sent <- body
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	return s.URL, sent
}

func TestAWebhookIsMadeOnAPageAndItsMessagesComeLiveWithTheBadge(t *testing.T) {
	t.Parallel()
	s := start(t, "WEBHOOK_NETWORKS=127.0.0.0/8")
	boss, q := s.boss(t), s.signUp(t, "Jon")
	plans := boss.create("plans", "private", q)
	jon := q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+plans), present("#log"))

	page := boss.browse(wide, high)
	form := `form:has(input[value="incoming"]) `
	do(t, page, open(s.url+"/chat/"+plans+"/integrations"), fill(chromedp.CSS(form+"[name=name]"), "Builds"),
		press(chromedp.CSS(form+"button")), present("#new-address"))
	address := get(t, page, chromedp.Evaluate[string](`document.querySelector("#new-address").value`))
	response, err := http.Post(address, "application/json", strings.NewReader(`{"text":"Build <https://ci.test/7|number seven> is done"}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("answered %s", response.Status)
	}
	do(t, jon, shows("Build number seven is done"), present(".msg .chip.bot"))

	elsewhere, sent := receiver(t, `{"text":"On it, chief","response_type":"post"}`)
	form = `form:has(input[value="outgoing"]) `
	do(t, page, open(s.url+"/chat/"+plans+"/integrations"), fill(chromedp.CSS(form+"[name=name]"), "Deployer"),
		fill(chromedp.CSS(form+"[name=url]"), elsewhere), fill(chromedp.CSS(form+"[name=triggers]"), "deploy"),
		press(chromedp.CSS(form+"button")), present("#new-secret"))
	q.say(plans, "nothing for a program")
	q.say(plans, "deploy main")
	do(t, jon, shows("On it, chief"))
	if body := <-sent; body["text"] != "deploy main" || len(sent) != 0 {
		t.Errorf("sent %v, and %d more", body, len(sent))
	}
}

func TestABotWhosePictureCannotBeHadKeepsItsOwnFace(t *testing.T) {
	t.Parallel()
	s := start(t, "LINK_PREVIEWS=on")
	boss := s.boss(t)
	plans := boss.create("plans", "private")
	var made struct{ Path string }
	boss.must("POST", "/api/chat/channels/"+plans+"/hooks", map[string]string{"kind": "incoming", "name": "Builds"}, &made)
	for _, body := range []string{`{"text":"from afar","icon_url":"http://127.0.0.1:9/face.png"}`, `{"text":"a party","icon_emoji":":tada:","icon_url":"http://127.0.0.1:9/face.png"}`} {
		response, err := http.Post(s.url+made.Path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	for _, size := range [][2]int64{{wide, high}, {phoneWide, phoneHigh}} {
		ctx := boss.browse(size[0], size[1])
		do(t, ctx, open(s.url+"/chat/"+plans), shows("from afar"), shows("a party"),
			waitFor(`(() => { const img = document.querySelector(".av.over > img"); return img.src.startsWith(location.origin + "/icons/") && img.complete && img.naturalWidth === 1; })()`),
			waitFor(`document.querySelector(".av.over > .av").innerText === "B" && document.querySelector(".emoji-av").innerText === "🎉"`))
	}
}
