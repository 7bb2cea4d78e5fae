package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// answering is a server that a command asks. It answers the channel where the text begins with "all", and fails for "bad".
func answering(t *testing.T) (address string, responses chan string) {
	responses = make(chan string, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := r.PostFormValue("text")
		responses <- r.PostFormValue("response_url")
		w.Header().Set("Content-Type", "application/json")
		switch {
		case text == "bad":
			w.WriteHeader(http.StatusInternalServerError)
		case strings.HasPrefix(text, "all"):
			_, _ = w.Write([]byte(`{"response_type":"in_channel","text":"Everyone hears of ` + text + `"}`))
		default:
			_, _ = w.Write([]byte(`{"text":"Deploying **` + text + `**"}`))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, responses
}

func TestACommandIsMadeOnAPageAndCalledFromTheBox(t *testing.T) {
	t.Parallel()
	s := start(t, "WEBHOOK_NETWORKS=127.0.0.0/8")
	boss, q := s.boss(t), s.signUp(t, "Jon")
	plans := boss.create("plans", "private", q)
	address, responses := answering(t)

	page := boss.browse(wide, high)
	form := `form:has(input[value="command"]) `
	do(t, page, scriptsOff(), open(s.url+"/chat/"+plans+"/integrations"), fill(chromedp.CSS(form+"[name=command]"), "/help"),
		fill(chromedp.CSS(form+"[name=url]"), address), fill(chromedp.CSS(form+"[name=name]"), "Deployer"), press(chromedp.CSS(form+"button")),
		present("#command-command[aria-invalid=true]"), fill(chromedp.CSS(form+"[name=command]"), "/deploy"),
		fill(chromedp.CSS(form+"[name=usage]"), "branch"), fill(chromedp.CSS(form+"[name=about]"), "Bring a branch to the servers"), press(chromedp.CSS(form+"button")), present("#new-secret"))

	jon := q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+plans), keys(composer, "/dep"), waitFor(`document.querySelector(".complete")?.innerText.includes("Bring a branch to the servers")`),
		fill(composer, "/deploy main"), enter(), seen(".only-you strong"), waitFor(`document.querySelector(".only-you").innerText.includes("Deploying main")`))
	if later := <-responses; !strings.HasPrefix(later, s.url+"/hooks/commands/") {
		t.Errorf("it can answer at %s", later)
	}
	do(t, jon, fill(composer, "/deploy bad"), enter(), waitFor(`document.querySelector(".only-you.bad")?.innerText.includes("answered 500")`),
		waitFor(`document.querySelector("form[data-composer] textarea").value === "/deploy bad"`),
		fill(composer, "/deploy all of it"), enter(), shows("Everyone hears of all of it"), present(".msg .chip.bot"))
	do(t, page, open(s.url+"/chat/"+plans), shows("Everyone hears of all of it"), gone(".only-you"), fill(composer, "/deploy quietly"), press("button.send"),
		waitFor(`document.body.innerText.includes("Deploying **quietly**")`))
}
