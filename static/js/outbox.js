// Messages on their way: each is tried under one key until the server has taken it, in the order in which they were sent.
// They lie in the browser's storage, so that they outlive the form, the page and the browser; all tabs of an account show
// them, and one of them sends. Every place that messages are sent to has an outbox of its own.
import { $, $$, element, icon, keep, me, parse, problem, request } from "./dom.js";
import * as aside from "./aside.js";
import * as log from "./log.js";
import { zone } from "./times.js";

const PREFIX = "unsent:";
const own = () => `${PREFIX}${me()}:`;
const all = new Map(); // by where the messages go

// outboxOf returns the outbox of a composer, and shows in its list what is on its way already.
export function outboxOf(form) {
  const outbox = outboxTo(form.getAttribute("action"), form.dataset.list);
  outbox.paint();
  return outbox;
}

function outboxTo(action, listed) {
  if (!all.has(action)) all.set(action, new Outbox(action));
  const outbox = all.get(action);
  outbox.listed = listed ?? outbox.listed;
  return outbox;
}

// resume goes on with what other pages left unsent, and follows what other tabs do.
export function resume() {
  addEventListener("online", hurry);
  addEventListener("storage", ({ key }) => key?.startsWith(own()) && outboxTo(key.slice(own().length)).paint());
  for (const name of keep.names("localStorage", own())) outboxTo(name.slice(own().length)).pump();
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

// forget drops what is unsent, of everybody who used this browser.
export function forget() {
  all.clear();
  keep.clear("localStorage", PREFIX);
  $$(".item.pending").forEach((item) => item.remove());
}

class Outbox {
  constructor(action) {
    this.action = action;
    this.busy = false;
    this.tries = 0;
    this.memory = null; // in place of a storage that is off or full
  }

  // queue is what is unsent, of {key, text, files}. Other tabs may have changed it.
  get queue() {
    if (this.memory) return this.memory;
    try {
      return JSON.parse(keep.get("localStorage", own() + this.action) || "[]");
    } catch {
      return [];
    }
  }

  change(alter) {
    const queue = alter(this.queue);
    const text = queue.length ? JSON.stringify(queue) : "";
    keep.set("localStorage", own() + this.action, text);
    this.memory = (keep.get("localStorage", own() + this.action) ?? "") === text ? null : queue;
  }

  drop(key) {
    this.change((queue) => queue.filter((letter) => letter.key !== key));
  }

  // alone runs in one tab of all at a time. A tab that closes lets the next one go on.
  alone(run) {
    return navigator.locks ? navigator.locks.request(`outbox ${own()}${this.action}`, run) : run();
  }

  list() {
    return this.listed && $(this.listed);
  }

  // paint shows what waits, and takes away what another tab has sent or dropped.
  paint() {
    if (!this.list()) return;
    const queue = this.queue;
    for (const item of $$(".item.pending:not(.failed, [data-sent])", this.list())) {
      if (!queue.some((letter) => letter.key === item.dataset.key)) item.remove();
    }
    queue.forEach((letter) => this.show(letter));
  }

  send(letter) {
    aside.clear();
    this.change((queue) => [...queue, letter]);
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
    const [letter] = this.queue;
    return letter ? this.item(letter.key) : null;
  }

  show({ key, text, files = [] }) {
    if (this.item(key)) return;
    const item = element("div", "item pending");
    item.dataset.key = key;
    const message = element("div", "msg");
    const said = element("div", "said");
    const body = element("div", "body whitespace-pre-wrap", text);
    body.dir = "auto";
    said.append(body, ...files.map((f) => element("div", "hush small", f.name)), element("div", "state"));
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
    const again = await this.alone(() => this.sendFirst());
    this.busy = false;
    if (again) this.pump();
  }

  // sendFirst sends the message whose turn it is and returns whether the next one's has come.
  async sendFirst() {
    const [letter] = this.queue;
    if (!letter) return false;
    let answer;
    try {
      const files = (letter.files ?? []).map((f) => ["attachment", f.id]);
      answer = await request(this.action, [["content", letter.text], ["client_id", letter.key], ["zone", zone], ...(letter.also ? [["also_channel", "yes"]] : []), ...files]);
    } catch {
      answer = null;
    }
    if (answer?.ok) return this.taken(letter, answer);
    if (answer?.status === 401) return false; // it waits for who has sent it
    if (!answer || answer.status >= 500 || answer.status === 429 || answer.status === 408) return this.again(answer);
    this.drop(letter.key);
    this.refused(letter, problem(answer));
    return true;
  }

  taken(letter, answer) {
    this.tries = 0;
    this.drop(letter.key);
    if (answer.text && !aside.show(answer, this.list())) log.add($("article.msg", parse(answer.text)));
    // Without a fragment in the answer the stream brings the message; until then the sent text stands for it.
    if (answer.text) this.item(letter.key)?.remove();
    else {
      this.item(letter.key)?.setAttribute("data-sent", "");
      setTimeout(() => this.item(letter.key)?.remove(), 4000);
    }
    return true;
  }

  again(answer) {
    const wait = Number(answer?.headers.get("Retry-After")) * 1000 || Math.random() * Math.min(15_000, 1000 * 2 ** this.tries++) + 300;
    for (const letter of this.queue) {
      this.state(letter.key, false, "Not sent yet, trying again…", button("Try now", () => this.hurry()), button("Cancel", () => this.cancel(letter)));
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), wait);
    return false;
  }

  // cancel gives a message back to who wrote it, unless a try that was under way has sent it.
  cancel(letter) {
    return this.alone(() => {
      if (!this.queue.some(({ key }) => key === letter.key)) return;
      this.drop(letter.key);
      this.edit(letter);
    });
  }

  edit(letter) {
    this.item(letter.key)?.remove();
    if (this.box()) this.restore(letter);
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
    const edit = button("Edit", () => this.box() && this.edit(letter));
    const drop = button("Remove", () => this.item(letter.key).remove());
    this.state(letter.key, true, `Not sent. ${reason}`, edit, drop);
  }
}

function button(text, run) {
  const made = element("button", "", text);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}
