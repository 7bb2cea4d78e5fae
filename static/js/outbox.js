// Messages on their way: each is tried under one key until the server has taken it, in the order in which they were sent.
// Every place that messages are sent to has an outbox of its own, which outlives the form and the page.
import { $, $$, element, icon, keep, problem, request } from "./dom.js";
import * as aside from "./aside.js";
import * as log from "./log.js";
import { zone } from "./times.js";

const PREFIX = "unsent:";
const all = new Map(); // by where the messages go

// outboxOf returns the outbox of a composer, and shows in its list what is on its way already.
export function outboxOf(form) {
  const outbox = outboxTo(form.getAttribute("action"), form.dataset.list);
  outbox.queue.forEach((letter) => outbox.show(letter));
  return outbox;
}

function outboxTo(action, listed) {
  if (!all.has(action)) all.set(action, new Outbox(action));
  const outbox = all.get(action);
  outbox.listed = listed ?? outbox.listed;
  return outbox;
}

// resume goes on with what other pages left unsent.
export function resume() {
  addEventListener("online", hurry);
  for (const name of keep.names("sessionStorage", `${PREFIX}/`)) outboxTo(name.slice(PREFIX.length)).pump();
}

// hurry tries again at once, for when the line is back.
export function hurry() {
  all.forEach((outbox) => outbox.hurry());
}

// arrived takes away the stand-in of an own message that the stream brought into a list.
export function arrived(list = $("#items")) {
  const sent = $(".item.pending[data-sent]", list) || [...all.values()].find((o) => o.busy && o.list() === list && o.first())?.first();
  sent?.remove();
}

export function forget() {
  all.clear();
  keep.clear("sessionStorage", PREFIX);
  $$(".item.pending").forEach((item) => item.remove());
}

class Outbox {
  constructor(action) {
    this.action = action;
    this.busy = false;
    this.tries = 0;
    try {
      this.queue = JSON.parse(keep.get("sessionStorage", PREFIX + action) || "[]"); // of {key, text, files}
    } catch {
      this.queue = [];
    }
  }

  list() {
    return this.listed && $(this.listed);
  }

  save() {
    keep.set("sessionStorage", PREFIX + this.action, this.queue.length ? JSON.stringify(this.queue) : "");
  }

  send(letter) {
    aside.clear();
    this.queue.push(letter);
    this.save();
    this.show(letter);
    if (this.listed === "#items") log.toEnd();
    else this.list()?.lastElementChild?.scrollIntoView({ block: "nearest" });
    this.pump();
  }

  hurry() {
    clearTimeout(this.timer);
    this.tries = 0;
    this.pump();
  }

  item(key) {
    return $(`.item.pending[data-key="${key}"]`);
  }

  first() {
    return this.queue.length ? this.item(this.queue[0].key) : null;
  }

  show({ key, text, files = [] }) {
    if (this.item(key)) return;
    const item = element("div", "item pending");
    item.dataset.key = key;
    const message = element("div", "msg");
    const said = element("div", "said");
    said.append(element("div", "body whitespace-pre-wrap", text), ...files.map((f) => element("div", "hush small", f.name)), element("div", "state"));
    message.append(element("span"), said);
    item.append(message);
    this.list()?.append(item);
  }

  state(key, failed, message, ...buttons) {
    const item = this.item(key);
    if (!item) return;
    item.classList.toggle("failed", failed);
    $(".state", item).replaceChildren(icon("circle-alert"), element("span", "", message), ...buttons);
  }

  async pump() {
    if (this.busy || !this.queue.length) return;
    this.busy = true;
    const letter = this.queue[0];
    let answer;
    try {
      const files = (letter.files ?? []).map((f) => ["attachment", f.id]);
      answer = await request(this.action, [["content", letter.text], ["client_id", letter.key], ["zone", zone], ...(letter.also ? [["also_channel", "yes"]] : []), ...files]);
    } catch {
      answer = null;
    }
    this.busy = false;
    if (answer?.ok) return this.taken(letter, answer);
    const later = !answer || answer.status >= 500 || answer.status === 429 || answer.status === 408;
    if (answer?.status === 401) return;
    if (later) return this.again(answer);
    this.queue.shift();
    this.save();
    this.refused(letter, problem(answer));
    this.pump();
  }

  taken(letter, answer) {
    this.tries = 0;
    this.queue.shift();
    this.save();
    if (answer.text && !aside.show(answer, this.list())) log.add(answer.text);
    // Without a fragment in the answer the stream brings the message; until then the sent text stands for it.
    if (answer.text) this.item(letter.key)?.remove();
    else {
      this.item(letter.key)?.setAttribute("data-sent", "");
      setTimeout(() => this.item(letter.key)?.remove(), 4000);
    }
    this.pump();
  }

  again(answer) {
    const wait = Number(answer?.headers.get("Retry-After")) * 1000 || Math.random() * Math.min(15_000, 1000 * 2 ** this.tries++) + 300;
    this.queue.forEach(({ key }) => this.state(key, false, "Not sent yet, trying again…"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), wait);
  }

  box() {
    return $(`form[data-composer][action="${this.action}"] textarea`);
  }

  // restore gives a message back to its composer.
  restore(letter) {
    this.box().form.dispatchEvent(new CustomEvent("restore", { detail: letter }));
  }

  refused(letter, reason) {
    if (aside.isCommand(letter.text) && this.list() && this.box()?.value === "") {
      this.item(letter.key)?.remove();
      aside.explain(reason, this.list());
      return this.restore(letter);
    }
    const edit = element("button", "", "Edit");
    const drop = element("button", "", "Remove");
    edit.type = drop.type = "button";
    drop.addEventListener("click", () => this.item(letter.key).remove());
    edit.addEventListener("click", () => {
      if (!this.box()) return;
      this.item(letter.key).remove();
      this.restore(letter);
    });
    this.state(letter.key, true, `Not sent. ${reason}`, edit, drop);
  }
}
