// The list of channels: counts, presence, and reading it again when it changed.
import htmx from "htmx.org/dist/htmx.esm.js";
import { $, $$, me, parse, request, spread } from "./dom.js";
import { badge } from "./notices.js";

const title = document.title;
const names = { online: "Online", away: "Away", busy: "Busy", inmeeting: "In a meeting", offline: "Offline" };
export const row = (channelId) => $(`[data-channel-row="${CSS.escape(channelId)}"]`);

function show(link, unread) {
  if (unread && !Number(link.dataset.unread) && !muted(link)) link.closest('[data-order="unread"]')?.prepend(link);
  link.dataset.unread = unread;
  link.classList.toggle("unread", unread > 0);
  $(".n", link).hidden = unread === 0;
  if (!unread) $(".n", link).classList.remove("at");
  $("[data-count]", link).textContent = unread > 99 ? "99+" : unread;
  total();
}

export function total() {
  const sum = $$("[data-channel-row]").reduce((n, link) => n + Number(link.dataset.unread), 0);
  badge(sum);
  document.title = sum ? `(${sum}) ${title}` : title;
}

// bump counts a message of a channel that is not on screen; its number makes sure that it counts once.
export function bump({ channelId, seq, userId }) {
  const link = row(channelId);
  if (!link) return refresh();
  if (seq <= Number(link.dataset.lastSeq)) return;
  link.dataset.lastSeq = seq;
  link.closest("[data-talks]")?.prepend(link.closest(".talk"));
  if (!muted(link)) link.closest('[data-order="recent"]')?.prepend(link);
  if (userId !== me() && !muted(link)) show(link, Number(link.dataset.unread) + 1);
}

const muted = (link) => link.classList.contains("muted");

// called colours the count of a channel in which somebody is mentioned. A muted one counts nothing else.
export function called(channelId) {
  const link = row(channelId);
  if (!link) return;
  if (muted(link)) show(link, Number(link.dataset.unread) + 1);
  $(".n", link).classList.add("at");
}

export function read({ channelId, unreadCount }) {
  const link = row(channelId);
  if (link && muted(link) && unreadCount) refresh();
  else if (link) show(link, unreadCount);
}

export function presence({ users, ...one }) {
  for (const { userId, status, line, emoji } of users || [one]) {
    const id = CSS.escape(userId);
    $$(`[data-status-line="${id}"]`).forEach((place) => place.replaceChildren(...parse(line).body.childNodes));
    $$(`[data-mood="${id}"]`).forEach((place) => place.replaceChildren(...parse(emoji).body.childNodes));
    for (const dot of $$(`[data-presence="${id}"]`)) {
      dot.dataset.status = status;
      dot.title = names[status] || names.offline;
      dot.setAttribute("aria-label", dot.title);
    }
  }
}

export function replace(next) {
  if (!next) return;
  const scroll = $("#sidebar .rows").scrollTop;
  const at = document.activeElement?.closest("#sidebar :is(a, button, summary)");
  const again = at && (at.href ? `a[href="${CSS.escape(at.getAttribute("href"))}"]` : at.closest("[data-section]") && `[data-section="${CSS.escape(at.closest("[data-section]").dataset.section)}"] ${at.localName}`);
  const current = $("#sidebar a[aria-current]")?.getAttribute("href");
  if (current && !$("[aria-current]", next)) $(`a[href="${CSS.escape(current)}"]`, next)?.setAttribute("aria-current", "true");
  const typed = $("#sidebar .find input");
  if (document.activeElement === typed) return void typed.addEventListener("blur", refresh, { once: true });
  $("#sidebar").replaceWith(next);
  $("#sidebar .rows").scrollTop = scroll;
  if (again) $(`#sidebar ${again}`)?.focus();
  total();
}

// refresh reads the list again, and the head of the page where that is said: once for any number of changes in a short while,
// the later the more others do the same.
const SOON = 150;
let due = Infinity;
let heads = false;
let timer;
export function refresh({ head = false, among = 1 } = {}) {
  heads ||= head;
  const wait = SOON + spread(among);
  if (performance.now() + wait >= due) return;
  due = performance.now() + wait;
  clearTimeout(timer);
  timer = setTimeout(readAgain, wait);
}

async function readAgain() {
  const here = $("#log")?.dataset.channel;
  const whole = heads;
  heads = false;
  due = Infinity;
  try {
    const answer = await request(here ? `/chat/${here}/frame` : "/frame");
    if (!answer.ok) return;
    const page = parse(answer.text);
    replace(page.querySelector("#sidebar"));
    if (whole) rehead(page.querySelector("main"));
  } catch {
    // The stream says so when the line is back, and the list is read then.
  }
}

// rehead shows the channel's name, purpose and members as they are now, and what its reader may do.
function rehead(next) {
  if (next.hasAttribute("data-writes") !== Boolean($("#composer"))) return location.reload(); // archived, or open again
  $("#log").toggleAttribute("data-keeps-order", next.hasAttribute("data-keeps-order"));
  $("main > .bar-top").replaceWith($(".bar-top", next));
  htmx.process($("main > .bar-top"));
}
