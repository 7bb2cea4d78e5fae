// Messages to which others link: what the server puts below them on a page is fetched for those that the stream brings,
// since each viewer may see others.
import { $, $$, debounce, parse, request } from "./dom.js";
import * as log from "./log.js";
import { localiseIn } from "./times.js";

const CARDS = 3; // below one message

const address = /^\/chat\/[0-9a-f]{24}\?around=([0-9a-f]{24})$/;

function linked(message) {
  const ids = $$(".body a[href]", message).map((link) => {
    const url = new URL(link.href, location.href);
    return url.origin === location.origin ? address.exec(url.pathname + url.search)?.[1] : undefined;
  });
  return [...new Set(ids)].filter((id) => id && id !== message.dataset.id).slice(0, CARDS);
}

let waiting = new Map(); // the ids to which a message links, by its own id

// show puts cards below a message that arrived or changed.
export function show(id) {
  const message = document.getElementById(`m-${id}`);
  if (!message) return;
  const wanted = linked(message);
  const former = $(".quotes", message.parentElement);
  if (!wanted.length) return former && log.hold(() => former.remove());
  waiting.set(id, wanted);
  soon();
}

const soon = debounce(60, async () => {
  const asked = waiting;
  waiting = new Map();
  const ids = [...new Set([...asked.values()].flat())];
  const answer = await request(`/quotes?ids=${ids.join(",")}`).catch(() => null);
  if (!answer?.ok) return; // the links stand for themselves
  const cards = new Map($$("[data-quote]", parse(answer.text)).map((card) => [card.dataset.quote, card]));
  for (const [id, wanted] of asked) {
    const message = document.getElementById(`m-${id}`);
    if (message) log.hold(() => put(message, wanted.map((quote) => cards.get(quote)).filter(Boolean)));
  }
});

function put(message, cards) {
  $(".quotes", message.parentElement)?.remove();
  if (!cards.length) return;
  const list = document.createElement("div");
  list.className = "quotes";
  list.append(...cards.map((card) => document.importNode(card, true)));
  localiseIn(list);
  message.after(list);
}

const stale = new Set(); // messages that cards show and that have changed

// follow reads the cards of a message again that was edited or deleted. Who may not see it any more loses them.
export function follow(messageId) {
  if (!$(`[data-quote="${messageId}"]`)) return;
  stale.add(messageId);
  refresh();
}

const refresh = debounce(300, async () => {
  const ids = [...stale];
  stale.clear();
  const answer = await request(`/quotes?ids=${ids.join(",")}`).catch(() => null);
  if (!answer?.ok) return;
  const next = parse(answer.text);
  localiseIn(next);
  const swap = () => ids.forEach((id) => $$(`[data-quote="${id}"]`).forEach((card) => {
    const fresh = $(`[data-quote="${id}"]`, next);
    if (fresh) card.replaceWith(document.importNode(fresh, true));
    else card.remove();
  }));
  log.channel() ? log.hold(swap) : swap();
});

// quote puts the link to a message into the composer.
export function quote(link) {
  const box = $("#content");
  if (!box) return location.assign(link.href);
  const copied = $("a[data-act=link]", link.closest(".msg")).href;
  const before = box.value && !box.value.endsWith("\n") ? "\n" : "";
  box.setRangeText(`${before}${copied}\n`, box.value.length, box.value.length, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

// start keeps links to this workspace in this tab; the text marks all whole addresses as leading elsewhere.
export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".body a[target]");
    if (link?.origin === location.origin) link.removeAttribute("target");
  }, true);
}
