package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	folds  = `#sidebar section[data-section=""] .fold-section`
	filter = `#sidebar [data-only-unread] button`
)

// stands waits until a channel is in a section of the sidebar, "" for the list of channels.
func stands(channelID, section string) step {
	return waitFor(fmt.Sprintf(`document.querySelector('[data-channel-row="%s"]')?.closest('[data-section]').dataset.section === %q`, channelID, section))
}

// visible waits until a channel is seen in the sidebar, or is not.
func visible(channelID string, yes bool) step {
	return waitFor(fmt.Sprintf(`document.querySelector('[data-channel-row="%s"]').checkVisibility() === %v`, channelID, yes))
}

// kept waits until the server knows whether the channels are folded and what is read is left out.
func (p *person) kept(folded, unreadOnly bool) step {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, until(ctx, func() bool {
			var list struct {
				Sections []struct {
					Name   string
					Folded bool
				}
				UnreadOnly bool `json:"unread_only"`
			}
			p.must("GET", "/api/chat/sidebar", nil, &list)
			return list.Sections[0].Folded == folded && list.UnreadOnly == unreadOnly
		})
	}
}

func TestSectionsFoldStayFoldedAndShowWhatIsUnread(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	plans, ideas := p.create("plans", "public"), p.create("ideas", "public")
	q.must("POST", "/api/chat/channels/"+ideas+"/join", nil, nil)
	for _, size := range [][2]int64{{wide, high}, {phoneWide, phoneHigh}} {
		ctx := p.browse(size[0], size[1])
		do(t, ctx, open(s.url+"/chat"), at("/chat"), visible(plans, true), press(folds), visible(plans, false), visible(ideas, false))
		q.say(ideas, "look")
		do(t, ctx, counts(ideas, 1), visible(ideas, true), visible(plans, false),
			p.kept(true, false), open(s.url+"/chat"), at("/chat"), visible(plans, false), visible(ideas, true), press(folds), visible(plans, true),
			press(filter), visible(plans, false), visible(ideas, true), p.kept(false, true),
			open(s.url+"/chat"), at("/chat"), visible(plans, false), press(filter), visible(plans, true), p.kept(false, false),
			open(s.url+"/chat/"+ideas), counts(ideas, 0), open(s.url+"/users")) // else this page reads what comes next
	}
	off := p.browse(wide, high)
	do(t, off, scriptsOff(), open(s.url+"/users"), press(folds), seen("main .list"), press(folds), seen("main .list"))
	if at := get(t, off, chromedp.Evaluate[string]("location.pathname")); at != "/users" {
		t.Errorf("folding leads to %s", at)
	}
}

func TestAChannelIsMovedByTheKeyboardAndByDragging(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	plans, ideas := p.create("plans", "public"), p.create("ideas", "public")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat"), seen("nav"),
		chromedp.Focus(chromedp.CSS(row(plans))), chromedp.KeyEvent("m"), seen("dialog.ask input"), keys("dialog.ask input", "Work"), enter(), stands(plans, "Work"), stands(ideas, ""),
		waitFor(fmt.Sprintf(`document.activeElement.dataset.channelRow === %q`, plans)))
	get(t, ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
		const from = document.querySelector('[data-channel-row="%s"]'), to = document.querySelector('[data-section="Work"]'), data = new DataTransfer();
		from.dispatchEvent(new DragEvent('dragstart', {bubbles: true, dataTransfer: data}));
		to.dispatchEvent(new DragEvent('dragover', {bubbles: true, cancelable: true, dataTransfer: data}));
		to.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data}));
		return true;
	})()`, ideas)))
	do(t, ctx, stands(ideas, "Work"), open(s.url+"/chat"), seen("nav"), stands(ideas, "Work"), stands(plans, "Work"))
}

// listed waits until channels stand in this order in a section.
func listed(section string, ids ...string) step {
	return waitFor(fmt.Sprintf(`[...document.querySelectorAll('[data-section=%q] a[data-channel-row]')].map((row) => row.dataset.channelRow).join() === %q`, section, strings.Join(ids, ",")))
}

// arranged waits until the server has channels in this order in a section of somebody's own order.
func (p *person) arranged(name string, ids ...string) step {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, until(ctx, func() bool {
			type section struct {
				Name, Order string
				ChannelIDs  []string `json:"channel_ids"`
			}
			var list struct{ Sections []section }
			p.must("GET", "/api/chat/sidebar", nil, &list)
			return slices.ContainsFunc(list.Sections, func(one section) bool {
				return one.Name == name && one.Order == "own" && slices.Equal(one.ChannelIDs, ids)
			})
		})
	}
}

func TestChannelsArePutInAnOwnOrderByHandByKeysAndWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	a, b, c := p.create("alpha", "public"), p.create("beta", "public"), p.create("gamma", "public")
	for _, id := range []string{a, b, c} {
		p.must("PUT", "/api/chat/channels/"+id+"/section", map[string]string{"section": "Work"}, nil)
	}
	ctx, other := p.browse(wide, high), p.browse(phoneWide, phoneHigh)
	do(t, other, open(s.url+"/chat"), listed("Work", a, b, c))
	do(t, ctx, open(s.url+"/chat"), seen("nav"), chromedp.Focus(chromedp.CSS(row(c))), combo("ArrowUp", "ArrowUp", 38, 10), listed("Work", a, c, b),
		waitFor(`document.querySelector("#moved").textContent === "gamma is number 2 of 3"`), combo("ArrowUp", "ArrowUp", 38, 10), listed("Work", c, a, b),
		waitFor(fmt.Sprintf(`document.activeElement.dataset.channelRow === %q`, c)), combo("ArrowUp", "ArrowUp", 38, 10), p.arranged("Work", c, a, b))
	do(t, other, listed("Work", c, a, b))
	get(t, ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
		const from = document.querySelector('[data-channel-row="%s"]'), to = document.querySelector('[data-channel-row="%s"]'), data = new DataTransfer();
		const { left, bottom } = to.getBoundingClientRect(), at = {bubbles: true, cancelable: true, dataTransfer: data, clientX: left + 5, clientY: bottom - 2};
		from.dispatchEvent(new DragEvent('dragstart', at));
		to.dispatchEvent(new DragEvent('dragover', at));
		if (!to.classList.contains('drop-after')) throw new Error('no line shows where it would go');
		to.dispatchEvent(new DragEvent('drop', at));
		return true;
	})()`, c, b)))
	do(t, ctx, listed("Work", a, b, c), p.arranged("Work", a, b, c), open(s.url+"/chat"), listed("Work", a, b, c))
	off := p.browse(phoneWide, phoneHigh)
	do(t, off, scriptsOff(), open(s.url+"/sidebar?section=Work"), press(`.arrange [aria-label="Move beta up"]`), seen(`.arrange li:first-child [aria-label="Move beta up"]:disabled`), p.arranged("Work", b, a, c))
}
