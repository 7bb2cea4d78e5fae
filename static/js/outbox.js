// Messages on their way: each is tried under one key until the server has taken it, in the order in which they were sent.
import { $, $$, element, icon, keep, problem, request } from "./dom.js";
import * as log from "./log.js";
import { items } from "./place.js";

let channel;
let queue = []; // {key, text}
let busy = false;
let tries = 0;
let timer;

const store = () => `unsent:${channel}`;
const save = () => keep.set("sessionStorage", store(), queue.length ? JSON.stringify(queue) : "");

export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

export function start(channelId) {
  channel = channelId;
  try {
    queue = JSON.parse(keep.get("sessionStorage", store()) || "[]");
  } catch {
    queue = [];
  }
  queue.forEach(show);
  addEventListener("online", hurry);
  pump();
}

export function send(text, key) {
  const letter = { key, text };
  queue.push(letter);
  save();
  show(letter);
  log.toEnd();
  pump();
}

// hurry tries again at once, for when the line is back.
export function hurry() {
  clearTimeout(timer);
  tries = 0;
  pump();
}

const itemOf = (key) => $(`.item.pending[data-key="${key}"]`);

function show({ key, text }) {
  const item = element("div", "item pending");
  item.dataset.key = key;
  const message = element("div", "msg");
  const said = element("div", "said");
  const body = element("div", "body whitespace-pre-wrap", text);
  said.append(body, element("div", "state"));
  message.append(element("span"), said);
  item.append(message);
  items().append(item);
}

function state(key, failed, message, ...buttons) {
  const item = itemOf(key);
  if (!item) return;
  item.classList.toggle("failed", failed);
  $(".state", item).replaceChildren(icon("circle-alert"), element("span", "", message), ...buttons);
}

async function pump() {
  if (busy || !queue.length) return;
  busy = true;
  const letter = queue[0];
  let answer;
  try {
    answer = await request(`/chat/${channel}/messages`, { content: letter.text, client_id: letter.key });
  } catch {
    answer = null;
  }
  busy = false;
  if (answer?.ok) return taken(letter, answer);
  const later = !answer || answer.status >= 500 || answer.status === 429 || answer.status === 408;
  if (answer?.status === 401) return;
  if (later) return again(answer);
  queue.shift();
  save();
  refused(letter, problem(answer));
  pump();
}

function taken(letter, answer) {
  tries = 0;
  queue.shift();
  save();
  if (answer.text) log.add(answer.text);
  // Without a fragment in the answer the stream brings the message; until then the sent text stands for it.
  if (answer.text) itemOf(letter.key)?.remove();
  else {
    itemOf(letter.key)?.setAttribute("data-sent", "");
    setTimeout(() => itemOf(letter.key)?.remove(), 4000);
  }
  pump();
}

// arrived takes away the stand-in of an own message that the stream brought.
export function arrived() {
  const sent = $(".item.pending[data-sent]") || (busy && $(".item.pending:not(.failed)"));
  if (sent) sent.remove();
}

function again(answer) {
  const wait = Number(answer?.headers.get("Retry-After")) * 1000 || Math.random() * Math.min(15_000, 1000 * 2 ** tries++) + 300;
  queue.forEach(({ key }) => state(key, false, "Not sent yet, trying again…"));
  clearTimeout(timer);
  timer = setTimeout(pump, wait);
}

function refused(letter, reason) {
  const edit = element("button", "", "Edit");
  const drop = element("button", "", "Remove");
  edit.type = drop.type = "button";
  drop.addEventListener("click", () => itemOf(letter.key).remove());
  edit.addEventListener("click", () => {
    itemOf(letter.key).remove();
    const box = $("#content");
    box.value = letter.text;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  state(letter.key, true, `Not sent. ${reason}`, edit, drop);
}

export function forget() {
  keep.clear("sessionStorage", "unsent:");
  $$(".item.pending").forEach((item) => item.remove());
}
