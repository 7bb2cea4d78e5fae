// Makes the pages live. Without it every link and form still works.
import { $, $$, keep, linked, me, parse, problem, request, spread, toast } from "./dom.js";
import { Stream } from "./stream.js";
import * as account from "./account.js";
import { forget } from "./complete.js";
import * as active from "./active.js";
import * as banner from "./banner.js";
import * as composer from "./composer.js";
import * as crowd from "./crowd.js";
import * as edit from "./edit.js";
import * as keyboard from "./keyboard.js";
import * as later from "./later.js";
import * as lightbox from "./lightbox.js";
import * as log from "./log.js";
import * as marks from "./marks.js";
import * as notices from "./notices.js";
import * as fresh from "./fresh.js";
import * as outbox from "./outbox.js";
import * as palette from "./palette.js";
import * as panel from "./panel.js";
import * as passwords from "./passwords.js";
import * as rooms from "./rooms.js";
import * as previews from "./previews.js";
import * as search from "./search.js";
import * as quotes from "./quotes.js";
import * as sections from "./sections.js";
import * as sidebar from "./sidebar.js";
import { share } from "./tabs.js";
import * as talks from "./talks.js";
import * as themes from "./themes.js";
import * as threads from "./threads.js";
import * as typing from "./typing.js";
import { localise, localiseIn } from "./times.js";
import * as unread from "./unread.js";
import * as worker from "./worker.js";

const stream = new Stream({ channel: $("#log")?.dataset.channel, cursor: $("#log")?.dataset.cursor, on: happened, status });

function status(connected) {
  $("#connection")?.toggleAttribute("hidden", connected);
  if (connected) outbox.hurry();
}

// A form may be what ended the session, or renewed it: its answer comes first.
const PATIENCE = 10_000;
let sent = -PATIENCE;

function signedOut() {
  const wait = sent + PATIENCE - performance.now();
  if (wait > 0) setTimeout(() => location.assign("/login"), wait);
  else location.assign("/login");
}

const json = {
  reports_changed: sidebar.refresh,
  joined_channel: joined, left_channel: left, channel_updated: updated, read, presence: sidebar.presence,
  reminder: later.rang, sending_failed: later.failed,
  conversation_opened: talks.opened, conversation_hidden: talks.hidden, thread_updated: threads.changed,
};

json.notification = noticed;
json.messages_removed = ({ messageIds }) => messageIds.forEach(dropped);
json.announcement_changed = banner.changed;
json.answer_ended = (notice) => {
  linked(notice.body ? `${notice.title}: ${notice.body}` : `The answer about ${notice.title} is over.`, notice.url, "Show");
  notices.arrived(notice);
};
json.plugin_updated = (detail) => document.dispatchEvent(new CustomEvent("pegasus:plugin", { detail }));

let streams = 0; // that the server had when the one of this page was opened
json.connected = (hello) => (streams = hello.streams);

// An emoji of the workspace came or went: what is on screen shows it, or its name.
json.emoji_changed = ({ name, html }) => {
  forget();
  $$(`[data-emoji="${name}"]`).forEach((shown) => (shown.closest("picture") ?? shown).replaceWith(...parse(html).body.childNodes));
};

const beside = new Set(["message_updated", "message_deleted", "messages_removed", "reaction_added", "reaction_removed"]); // in a panel, too

function happened(name, data) {
  if (beside.has(name)) panel.afterwards(() => told(name, data));
  told(name, data);
}

function told(name, data) {
  if (name === "signed_out") signedOut();
  else if (name === "reset") setTimeout(reread, spread(streams)); // by then its id is the last one
  else if (name === "new_message") arrived(data);
  else if (name === "message_updated") rewritten(data);
  else if (name === "message_deleted") dropped(JSON.parse(data).messageId);
  else if (name === "card_changed") quotes.follow(JSON.parse(data).messageId);
  else if (name === "reaction_added" || name === "reaction_removed") marks.changed(name === "reaction_added", JSON.parse(data));
  else if (name === "typing") typing.changed(JSON.parse(data));
  else json[name]?.(JSON.parse(data));
}

// A busy channel brings many of these at once: each is parsed a single time.
function arrived(html) {
  const page = parse(html);
  const message = $(".msg", page);
  const { id, user, key } = message.dataset;
  if (user === me()) outbox.arrived(key);
  if (!threads.replied(page)) {
    if (user !== me()) typing.changed({ userId: user, typing: false });
    log.add(message);
  }
  if (user === me()) later.offer(document.getElementById(`m-${id}`));
  quotes.show(id);
}

function rewritten(html) {
  const page = parse(html);
  const message = $(".msg", page);
  threads.rewrote(message);
  log.update(page);
  marks.repin(message);
  quotes.show(message.dataset.id);
  quotes.follow(message.dataset.id);
}

function dropped(messageId) {
  quotes.follow(messageId);
  log.drop(messageId);
  threads.dropped(messageId);
  marks.unlist(messageId);
}

function joined({ channelId, userId, members }) {
  counted(channelId, members);
  if (userId === me()) sidebar.refresh();
}

// counted shows how many are in the channel on screen, where the server could tell.
function counted(channelId, members) {
  const link = members && channelId === log.channel() && $("[data-members]");
  if (!link) return;
  link.setAttribute("aria-label", members === 1 ? "1 member" : `${members} members`);
  $("span", link).textContent = members;
  if (Number($("#log").dataset.crowd)) $("#log").dataset.crowd = members;
}

function left({ channelId, userId, members }) {
  counted(channelId, members);
  if (userId !== me()) return;
  if (channelId === log.channel()) location.assign("/chat");
  else sidebar.refresh();
}

function noticed(notice) {
  notices.arrived(notice);
  threads.relist();
  if (notice.kind === "mention" && notice.channelId !== log.channel()) sidebar.called(notice.channelId);
}

function read(mark) {
  sidebar.read(mark);
  if (!mark.unreadCount && worker.pushes()) worker.tell({ kind: "read", channelId: mark.channelId });
  log.marked(mark);
  unread.changed();
}

function updated(news) {
  unread.changed();
  if (news.seq) sidebar.bump(news);
  else sidebar.refresh({ head: news.channelId === log.channel(), among: news.among });
}

// reread takes the truth from the server where the stream could not be resumed.
async function reread(tries = 0) {
  const here = log.channel();
  const before = stream.last;
  try {
    const answer = await request(here ? `/chat/${here}` : location.href);
    if (!answer.ok) throw new Error(answer.status);
    const page = parse(answer.text);
    sidebar.replace(page.querySelector("#sidebar"));
    banner.replace(page.querySelector("#banner"));
    const next = page.querySelector("#log");
    if (here && next) {
      const { cursor } = next.dataset;
      const foreign = !stream.knows(cursor); // another server made the page: nobody can say what of it came before
      if (foreign && stream.last !== before) throw new Error("something came meanwhile");
      const older = cursor !== stream.last && stream.had(cursor); // what came while the page was read is not on it
      if (!foreign) stream.last = cursor;
      log.replace(next);
      if (older) stream.again();
      await threads.reread();
      await panel.reread();
    }
  } catch {
    setTimeout(() => reread(tries + 1), Math.random() * Math.min(30_000, 1000 * 2 ** tries));
  }
}

// A list narrows while its filter is typed, where all of it is on the page.
function filter(input) {
  const needle = input.value.trim().toLowerCase();
  let shown = 0;
  for (const entry of $$("[data-filter-text]", $(input.dataset.filter) ?? document)) {
    entry.hidden = !entry.dataset.filterText.toLowerCase().includes(needle);
    shown += !entry.hidden;
  }
  $("[data-filter-empty]")?.toggleAttribute("hidden", shown > 0);
}

function closePanel(event) {
  const link = event.target.closest("[data-close-panel]");
  if (!link || !log.channel()) return;
  event.preventDefault();
  panel.close();
}

document.addEventListener("click", closePanel);
document.addEventListener("input", (e) => e.target.matches("[data-filter]") && filter(e.target));
addEventListener("submit", (event) => {
  if (!event.defaultPrevented) sent = performance.now();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]")) return;
  keep.clear("localStorage", "draft:");
  search.forget();
  outbox.forget();
});
document.addEventListener("htmx:responseError", (event) => toast(problem({ text: event.detail.xhr.responseText }), true));
document.addEventListener("htmx:sendError", () => toast("No connection. Please try again.", true));
document.addEventListener("htmx:afterSwap", () => (composer.start(), localiseIn()));
document.addEventListener("panel", () => localiseIn());
document.addEventListener("htmx:afterSwap", (event) => event.detail.target.id === "panel" && $("#panel .bar-top a")?.focus());
addEventListener("focus", log.readSoon);
document.addEventListener("visibilitychange", log.readSoon);

themes.start();
keyboard.start();
account.start();
passwords.start();
$$("[data-passkey-sign-in]").forEach((place) => import(place.dataset.script).then(({ start }) => start(place)));
worker.start();
fresh.start();
lightbox.start();
setTimeout(() => $$(".toasts:not(#toasts) .note").forEach((note) => note.remove()), 5000);
if (me()) {
  active.start();
  banner.start();
  crowd.start();
  rooms.start();
  sections.start();
  edit.start();
  marks.start();
  quotes.start();
  log.start();
  if (log.channel() && worker.pushes()) worker.tell({ kind: "read", channelId: log.channel() });
  if (!log.channel()) $$("main article.msg").forEach(localise);
  localiseIn();
  later.start();
  unread.start();
  notices.start();
  composer.start();
  outbox.resume();
  panel.start();
  sidebar.total();
  palette.start();
  previews.start();
  search.start();
  talks.start();
  threads.start();
  share(stream);
}
