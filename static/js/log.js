// The conversation on screen: what arrives, older and newer parts, the place of the reader, and what has been read.
import { $, $$, debounce, element, me, parse, request } from "./dom.js";
import * as place from "./place.js";
import { lift } from "./underway.js";

const NEAR = 60; // px from the end that still count as the end

let log;
let unseen = 0;
export const channel = () => log?.dataset.channel;
const wholeEnd = () => log.hasAttribute("data-at-end");
let near = true; // as of the last scrolling: to ask the log itself lays the page out anew, for each of many messages
const atEnd = () => wholeEnd() && near;
const watching = () => document.visibilityState === "visible" && document.hasFocus();
const newest = () => Math.max(0, ...$$(".item:not(.pending)", log).slice(-3).map(place.seqOf));

export function start() {
  log = $("#log");
  if (!log) return;
  $$(".item", log).forEach(place.mark);
  place.arrangeAll();
  log.addEventListener("scroll", scrolled, { passive: true });
  $("#newer-pill")?.addEventListener("click", toEnd);
  log.addEventListener("click", jumpToNew);
  log.addEventListener("submit", dismiss);
  observe();
  scrolled();
}

export function toEnd() {
  if (!wholeEnd()) return location.assign(`/chat/${channel()}`);
  log.scrollTop = 0;
  scrolled();
}

// hold keeps what the reader looks at in its place while the log changes.
export function hold(change) {
  if (atEnd()) return change();
  const top = log.getBoundingClientRect().top;
  const anchor = $$(".item", log).find((item) => item.getBoundingClientRect().bottom > top);
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected) log.scrollTop += anchor.getBoundingClientRect().top - before;
}

// add places a message that arrived. It may be here already: the stream repeats rather than leaves out.
export function add(message) {
  if (!message || put(message)) return;
  const mine = message.dataset.user === me();
  if (!wholeEnd()) return mine ? undefined : notePill();
  const stay = atEnd();
  const item = place.wrap(document.adoptNode(message));
  hold(() => place.insert(item));
  if (mine) return;
  if (!$("#new") && !(watching() && stay)) place.newLine(item);
  if (!stay) notePill();
  announce(message);
  readSoon();
}

export function update(page) {
  $$("article.msg", page).forEach(put);
}

function put(fragment) {
  const present = document.getElementById(fragment.id);
  if (!present) return false;
  const item = present.parentElement;
  const held = present.contains(document.activeElement);
  if ($(".fold", fragment)) $(".fold", fragment).checked = $(".fold", present)?.checked;
  const land = lift(present);
  hold(() => {
    present.replaceWith(document.adoptNode(fragment));
    place.mark(item);
    if (!land() && held) $(".acts summary", item)?.focus();
  });
  return true;
}

export function drop(messageId) {
  for (const kind of ["m", "n"]) {
    const item = document.getElementById(`${kind}-${messageId}`)?.closest(".item");
    if (!item) continue;
    const land = lift(item);
    hold(() => place.remove(item));
    land();
  }
}

// replace puts the log that the server tells now in the place of the old one, unsent messages kept.
export function replace(next) {
  const pending = $$(".item.pending", log);
  const land = lift(log);
  log.replaceWith(next);
  start();
  place.items().append(...pending);
  land();
  $(".inline-edit", log)?.scrollIntoView({ block: "nearest" });
}

function notePill() {
  unseen++;
  const pill = $("#newer-pill");
  $("span", pill).textContent = unseen === 1 ? "1 new message" : `${unseen} new messages`;
  pill.hidden = false;
}

function scrolled() {
  near = log.scrollTop > -NEAR;
  if (!atEnd()) return;
  unseen = 0;
  $("#newer-pill")?.setAttribute("hidden", "");
  readSoon();
}

function announce(fragment) {
  const region = $("#announce");
  const body = ($(".body", fragment) ?? $(".excerpt", fragment)).cloneNode(true);
  $$(".spoiler", body).forEach((part) => part.replaceWith("(spoiler)"));
  const text = body.textContent.trim().slice(0, 300);
  region.append(element("p", "", `${fragment.dataset.author}: ${text}`));
  while (region.children.length > 5) region.firstChild.remove();
}

// Parts of the history load as the reader comes near them.
const observer = new IntersectionObserver((seen) => seen.filter((e) => e.isIntersecting).forEach((e) => load(e.target)), {
  rootMargin: "500px 0px",
});
function observe() {
  observer.disconnect();
  // Where the page opened in the middle, the reader first looks at that place.
  requestAnimationFrame(() => ["#older", "#newer"].forEach((edge) => $(edge, log) && observer.observe($(edge, log))));
}

async function load(edge) {
  observer.unobserve(edge);
  if (edge.dataset.loading) return;
  edge.dataset.loading = "yes";
  let answer;
  try {
    answer = await request(edge.href);
  } catch {
    answer = { ok: false };
  }
  delete edge.dataset.loading;
  if (!answer.ok) return setTimeout(() => edge.isConnected && observer.observe(edge), 3000);
  const part = parse(answer.text).querySelector("#log");
  if (!part || !edge.isConnected) return;
  hold(() => (edge.id === "older" ? above(edge, part) : beneath(edge, part)));
  observe();
}

function take(part) {
  const entries = $$("#items > .item", part).filter((item) => !document.getElementById(item.firstElementChild.id));
  entries.forEach((item) => place.mark(document.adoptNode(item)));
  return entries;
}

function above(edge, part) {
  place.items().prepend(...take(part));
  const next = part.querySelector("#older, .start");
  next ? edge.replaceWith(next) : edge.remove();
  place.arrangeAll();
}

function beneath(edge, part) {
  place.items().append(...take(part));
  const rest = $$("#newer, #newer ~ .edge", log);
  const next = part.querySelector("#newer");
  if (next) edge.href = next.href;
  else {
    rest.forEach((link) => link.remove());
    log.setAttribute("data-at-end", "");
  }
  place.arrangeAll();
}

async function jumpToNew(event) {
  const link = event.target.closest("[data-jump-new]");
  if (!link) return;
  event.preventDefault();
  const lastRead = Number(log.dataset.lastRead);
  while ($("#older", log) && place.seqOf($(".item", log)) > lastRead + 1) await load($("#older", log));
  const first = $$(".item:not(.pending, .mine)", log).find((item) => place.seqOf(item) > lastRead);
  const line = $("#new") || (first && place.newLine(first));
  line?.scrollIntoView({ block: "start" });
  $("#unread-bar")?.remove();
}

// dismiss puts the bar away; with it in view its channel has been marked as read already, or is now.
function dismiss(event) {
  if (!event.target.matches("[data-mark-read]")) return;
  event.preventDefault();
  $("#unread-bar").remove();
  held = false;
  toEnd();
  readSoon();
}

// What is on screen in front of somebody has been read.
let told = 0;
let held = false; // the reader wants it unread until they come back
export const readSoon = debounce(500, async () => {
  if (!log || held || !watching() || !atEnd()) return;
  const seq = newest();
  if (seq <= Math.max(told, Number(log.dataset.lastRead))) return;
  told = seq;
  try {
    const answer = await request(`/chat/${channel()}/read`, { seq });
    if (!answer.ok) throw new Error(answer.status);
    const top = $("#new")?.getBoundingClientRect().top;
    if (top > log.getBoundingClientRect().top) $("#unread-bar")?.remove();
  } catch {
    told = 0; // the next look tries again
  }
});

// marked follows a mark that was set back, here or in another tab: what stands after it stays unread.
export function marked({ channelId, last_read_seq: seq, back }) {
  if (!back || channelId !== channel()) return;
  held = true;
  told = seq;
  log.dataset.lastRead = seq;
  const first = $$(".item:not(.pending)", log).find((item) => place.seqOf(item) > seq);
  if (first) hold(() => place.newLine(first));
}
