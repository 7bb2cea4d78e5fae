// Messages on their way: each is tried under one key until the server has taken it, in the order in which they were sent.
// They lie in the browser's storage, so that they outlive the form, the page and the browser; all tabs of an account show
// them, and one of them sends. Every place that messages are sent to has an outbox of its own. What the server refuses stays
// there with the reason, until who wrote it takes it back or gives it up.
import { $, $$, element, icon, keep, me, parse, problem, request } from "./dom.js";
import * as aside from "./aside.js";
import * as log from "./log.js";
import { forget as untell, tell } from "./refused.js";
import { zone } from "./times.js";

const PREFIX = "unsent:";
const LONGEST = 30_000; // ms for one try: on a line that died none would end, and the key makes another one safe
const own = () => `${PREFIX}${me()}:`;
const all = new Map(); // by where the messages go

// outboxOf returns the outbox of a composer, and shows in its list what is on its way already.
export function outboxOf(form) {
  const outbox = outboxTo(form.getAttribute("action"));
  outbox.paint();
  return outbox;
}

function outboxTo(action) {
  if (!all.has(action)) all.set(action, new Outbox(action));
  return all.get(action);
}

// resume goes on with what other pages left unsent, and follows what other tabs do.
export function resume() {
  addEventListener("online", () => all.forEach((outbox) => outbox.anew()));
  addEventListener("storage", ({ key }) => key?.startsWith(own()) && outboxTo(key.slice(own().length)).paint());
  for (const name of keep.names("localStorage", own())) {
    const outbox = outboxTo(name.slice(own().length));
    outbox.paint();
    outbox.pump();
  }
}

// hurry tries again at once, for when the line is back.
export function hurry() {
  all.forEach((outbox) => outbox.hurry());
}

// arrived ends what waits for an own message that the stream brings. Without a key another program sent it.
export function arrived(key) {
  if (key) all.forEach((outbox) => outbox.arrived(key));
}

// forget drops what is unsent, of everybody who used this browser.
export function forget() {
  all.clear();
  keep.clear("localStorage", PREFIX);
  $$(".item.pending").forEach((item) => item.remove());
  untell();
}

class Outbox {
  constructor(action) {
    this.action = action;
    this.busy = false;
    this.tries = 0;
    this.memory = null; // in place of a storage that is off or full
  }

  // queue is what is unsent, of {key, text, files, refused}, the last being the reason. Other tabs may have changed it.
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

  waiting() {
    return this.queue.filter(({ refused }) => !refused);
  }

  // page is where the messages go to: a channel, or one of its threads.
  page() {
    return this.action.replace(/\/messages$/, "");
  }

  // list is where they stand, on a page that shows it.
  list() {
    const [, , channel, , root] = this.action.split("/");
    if (root) return $(`#panel [data-thread="${CSS.escape(root)}"] #replies`);
    return channel === log.channel() ? $("#items") : null;
  }

  // paint shows what waits and what was refused, and takes away what another tab has sent or dropped.
  paint() {
    const queue = this.queue;
    const list = this.list();
    tell(this, list ? [] : queue.filter(({ refused }) => refused));
    if (!list) return;
    for (const item of $$(".item.pending:not([data-sent])", list)) {
      if (!queue.some((letter) => letter.key === item.dataset.key)) item.remove();
    }
    queue.forEach((letter) => this.show(letter));
  }

  send(letter) {
    aside.clear();
    this.change((queue) => [...queue, letter]);
    this.show(letter);
    if (this.list()?.id === "items") log.toEnd();
    else this.list()?.lastElementChild?.scrollIntoView({ block: "nearest" });
    this.pump();
  }

  hurry() {
    clearTimeout(this.timer);
    this.tries = 0;
    this.pump();
  }

  // anew gives up a try that may hang on the line that was there before.
  anew() {
    this.trying?.abort("anew");
    this.hurry();
  }

  item(key) {
    return $(`.item.pending[data-key="${key}"]`);
  }

  arrived(key) {
    if (this.queue.some((letter) => letter.key === key)) this.drop(key);
    this.item(key)?.remove();
  }

  show(letter) {
    if (!this.item(letter.key)) this.stand(letter);
    const item = this.item(letter.key);
    if (!letter.refused || !item || item.matches(".failed")) return;
    const edit = this.box() ? [button("Edit", () => this.box() && this.cancel(letter))] : [];
    this.state(letter.key, true, `Not sent. ${letter.refused}`, ...edit, button("Remove", () => this.remove(letter)));
  }

  // stand puts the text of a message where the message will be.
  stand({ key, text, files = [] }) {
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
    if (this.busy || !this.waiting().length) return;
    this.busy = true;
    const again = await this.alone(() => this.sendFirst());
    this.busy = false;
    if (again) this.pump();
  }

  // sendFirst sends the message whose turn it is and returns whether the next one's has come.
  async sendFirst() {
    const [letter] = this.waiting();
    if (!letter) return false;
    const answer = await this.post(letter);
    if (!answer && this.trying.signal.reason === "anew") return true;
    if (answer?.ok) return this.taken(letter, answer);
    if (answer?.status === 401) return false; // it waits for who has sent it
    if (!answer || answer.status >= 500 || answer.status === 429 || answer.status === 408) return this.again(answer);
    this.refused(letter, problem(answer));
    return true;
  }

  async post(letter) {
    this.trying = new AbortController();
    const end = setTimeout(() => this.trying.abort(), LONGEST);
    const files = (letter.files ?? []).map((f) => ["attachment", f.id]);
    const fields = [["content", letter.text], ["client_id", letter.key], ["zone", zone], ...(letter.also ? [["also_channel", "yes"]] : []), ...files];
    const answer = await request(this.action, fields, { signal: this.trying.signal }).catch(() => null);
    clearTimeout(end);
    return answer;
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
    for (const letter of this.waiting()) {
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
      this.remove(letter);
      if (this.box()) this.restore(letter);
    });
  }

  remove(letter) {
    this.drop(letter.key);
    this.item(letter.key)?.remove();
    this.paint();
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
      this.remove(letter);
      aside.explain(reason, this.list());
      return this.restore(letter);
    }
    this.change((queue) => queue.map((one) => (one.key === letter.key ? { ...one, refused: reason } : one)));
    this.paint();
  }
}

function button(text, run) {
  const made = element("button", "", text);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}
