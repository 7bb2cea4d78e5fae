// Threads: the panel beside the conversation, the line below a message, and the notes of replies in the channel.
import htmx from "htmx.org/dist/htmx.esm.js";
import { $, $$, debounce, element, me, parse, problem, request, toast } from "./dom.js";
import * as composer from "./composer.js";
import * as log from "./log.js";
import * as panel from "./panel.js";
import * as place from "./place.js";
import * as sidebar from "./sidebar.js";
import { clock, localiseIn } from "./times.js";
import { lift } from "./underway.js";

const NEAR = 60; // px from the end that still count as the end
const known = new Map(); // root → whether it has unread replies for who looks at this page

const shown = () => $("#panel [data-thread]");
const atEnd = (scroll = $("#thread")) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
const watching = () => document.visibilityState === "visible" && document.hasFocus();

export function start() {
  document.addEventListener("click", clicked);
  document.addEventListener("panel", opened);
  document.addEventListener("htmx:afterSwap", opened);
  addEventListener("focus", readSoon);
  document.addEventListener("visibilitychange", readSoon);
  opened();
}

function clicked(event) {
  const link = event.target.closest("a[data-thread-link], a[data-thread-older]");
  if (!link || !log.channel() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { pathname, search } = new URL(link.href);
  if (!pathname.startsWith(`/chat/${log.channel()}/`)) return;
  event.preventDefault();
  if (link.matches("[data-thread-older]")) older(link);
  else panel.show(pathname + search, link, pathname + search);
}

// opened brings a thread to life that has come into the panel.
function opened() {
  const thread = shown();
  if (!thread || thread.hasAttribute("data-live")) return;
  thread.setAttribute("data-live", "");
  composer.start(thread);
  $$("#replies > .item").forEach(place.mark);
  place.arrangeAll($("#replies"));
  const scroll = $("#thread");
  const found = $(".item.found", thread);
  if (found) found.scrollIntoView({ block: "center" });
  else scroll.scrollTop = scroll.scrollHeight;
  scroll.addEventListener("scroll", readSoon, { passive: true });
  readSoon();
}

async function older(link) {
  const answer = await request(link.href).catch(() => null);
  if (!answer?.ok) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
  const part = parse(answer.text);
  const fresh = $$("#replies > .item", part).filter((item) => !document.getElementById(item.firstElementChild.id));
  const scroll = $("#thread");
  const height = scroll.scrollHeight;
  const next = $("[data-thread-older]", part);
  $("#replies").prepend(...fresh.map((item) => document.adoptNode(item)));
  fresh.forEach(place.mark);
  place.arrangeAll($("#replies"));
  next ? link.replaceWith(document.adoptNode(next)) : link.remove();
  scroll.scrollTop += scroll.scrollHeight - height;
}

// reread puts what the server tells now of the open thread in the place of what stands there. The composer stays.
export async function reread() {
  const thread = shown();
  if (!thread) return;
  await panel.read(`/chat/${log.channel()}/thread/${thread.dataset.thread}${location.search}`, (next, answer) => {
    if (answer?.status === 404) return panel.close();
    if (!answer?.ok) throw new Error("the thread could not be read");
    if (shown() === thread) renew(thread, $("[data-thread]", next));
  });
}

function renew(thread, next) {
  const scroll = $("#thread");
  const stay = atEnd();
  const top = scroll.getBoundingClientRect().top;
  const first = $$("#replies .msg").find((message) => message.getBoundingClientRect().bottom > top);
  const before = first?.getBoundingClientRect().top;
  const land = lift(scroll);
  const pending = $$("#replies > .item.pending");
  scroll.replaceChildren(...$("#thread", next).childNodes);
  $(".bar-top", thread).replaceWith($(".bar-top", next));
  htmx.process(thread);
  for (const name of ["data-follows", "data-at-end"]) thread.toggleAttribute(name, next.hasAttribute(name));
  thread.dataset.lastRead = next.dataset.lastRead;
  $$("#replies > .item").forEach(place.mark);
  place.arrangeAll($("#replies"));
  $("#replies").append(...pending);
  land();
  const again = first && $(`[id="${first.id}"]`, scroll);
  if (stay) scroll.scrollTop = scroll.scrollHeight;
  else if (again) scroll.scrollTop += again.getBoundingClientRect().top - before;
  document.dispatchEvent(new Event("panel"));
  readSoon();
}

// replied takes a reply that the stream brings, and says whether it was one.
export function replied(part) {
  const note = $(".note-reply, .also", part);
  if (!note) return false;
  const { root, user } = note.dataset;
  const full = $("article.msg:not(.note-reply, .also)", part);
  face(root, user, $(".av", full));
  panel.afterwards(() => reply(root, full.cloneNode(true), user));
  reply(root, full, user);
  log.add(note);
  return true;
}

function reply(root, full, user) {
  if (shown()?.dataset.thread === root) add(full, user === me());
}

function add(article, mine) {
  const list = $("#replies");
  if (!shown().hasAttribute("data-at-end") || document.getElementById(article.id)) return;
  const stay = mine || atEnd();
  place.insert(place.wrap(document.adoptNode(article)), list);
  if (stay) $("#thread").scrollTop = $("#thread").scrollHeight;
  readSoon();
}

// line returns the line below a message of the channel that leads to its replies.
function line(root) {
  const item = document.getElementById(`m-${root}`)?.closest("#items > .item");
  if (!item || $(".thread-line", item)) return item && $(".thread-line", item);
  const link = element("a", "thread-line");
  const last = element("span", "hush", "last ");
  link.href = `/chat/${log.channel()}/thread/${root}`;
  link.dataset.threadLink = "";
  last.append(element("time"));
  link.append(element("span", "faces"), element("b"), last);
  log.hold(() => item.append(link));
  return link;
}

function face(root, user, picture) {
  const faces = $(".faces", line(root) || document.createElement("a"));
  if (!faces || !picture) return;
  const one = element("span");
  one.dataset.face = user;
  one.append(picture.cloneNode(true));
  one.firstChild.classList.add("xs");
  $(`[data-face="${CSS.escape(user)}"]`, faces)?.remove();
  faces.prepend(one);
  while (faces.children.length > 5) faces.lastElementChild.remove();
}

// changed shows what has become of a thread: how many replies there are, and what is unread of it.
export function changed(news) {
  if (news.userId) return standing(news);
  const { messageId, replies, lastReplyAt } = news;
  const text = replies === 1 ? "1 reply" : `${replies} replies`;
  if (shown()?.dataset.thread === messageId) $("[data-reply-count] span").textContent = replies ? text : "No replies yet";
  const link = line(messageId);
  if (!link) return;
  if (!replies) return log.hold(() => link.remove());
  const time = $("time", link);
  $("b", link).textContent = text;
  time.dateTime = lastReplyAt;
  time.textContent = clock.format(new Date(lastReplyAt));
}

function standing({ messageId, follows = false, unread = false }) {
  const thread = shown();
  const here = thread?.dataset.thread === messageId;
  if (here && thread.hasAttribute("data-follows") !== follows) {
    const button = $("[name=follow]", thread);
    thread.toggleAttribute("data-follows", follows);
    button.value = follows ? "no" : "yes";
    button.textContent = follows ? "Following" : "Follow";
  }
  if (here && unread && watching() && atEnd()) return readSoon();
  if (known.get(messageId) === unread) return;
  known.set(messageId, unread);
  sidebar.refresh();
  relist();
}

// relist reads the list of threads or of mentions again where it is on screen.
export const relist = debounce(300, async () => {
  if (!/^\/(threads|mentions)$/.test(location.pathname)) return;
  const answer = await request(location.href).catch(() => null);
  const next = answer?.ok && $("main .sheet", parse(answer.text));
  const sheet = $("main .sheet");
  if (!next || $("ul.cards", sheet).contains(document.activeElement)) return;
  localiseIn(next);
  $$(":scope > :not(.tabs)", sheet).forEach((part) => part.remove());
  sheet.append(...$$(":scope > :not(.tabs)", next).map((part) => document.adoptNode(part)));
});

// rewrote shows a change of the first message of the open thread.
export function rewrote(message) {
  const body = shown()?.dataset.thread === message.dataset.id && $(".thread-root > .body");
  if (body) body.replaceWith(document.importNode($(".body", message), true));
}

export function dropped(messageId) {
  if (shown()?.dataset.thread === messageId) panel.close();
}

// What is on screen in front of somebody has been read.
const readSoon = debounce(500, async () => {
  const thread = shown();
  if (!thread?.hasAttribute("data-follows") || !watching() || !atEnd()) return;
  const seq = Math.max(0, ...$$("#replies > .item:not(.pending)").slice(-3).map(place.seqOf));
  if (seq <= Number(thread.dataset.lastRead)) return;
  const answer = await request(`/chat/${log.channel()}/thread/${thread.dataset.thread}/read`, { seq }).catch(() => null);
  if (answer?.ok) thread.dataset.lastRead = seq;
});
