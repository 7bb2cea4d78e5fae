// The box for a new message: one for the channel, one for each thread that is open.
import { $, $$, element, parse, problem, request, toast } from "./dom.js";
import { outboxOf } from "./outbox.js";
import { editLast } from "./edit.js";
import { Uploads } from "./uploads.js";
import { Complete } from "./complete.js";
import { Draft } from "./drafts.js";
import { pick } from "./emoji.js";

const NEAR = 200; // characters left from which on they are counted
const TYPING_EVERY = 3000;

const coarse = () => matchMedia("(pointer: coarse)").matches;

// start brings every composer within root to life that is not alive yet.
export function start(root = document) {
  for (const form of $$("form[data-composer]", root)) {
    if (form.hasAttribute("data-live")) continue;
    form.setAttribute("data-live", "");
    new Composer(form);
  }
}

class Composer {
  constructor(form) {
    this.form = form;
    this.box = form.elements.content;
    this.limit = Number(form.dataset.maxText);
    this.typingAt = 0;
    this.outbox = outboxOf(form);
    this.waiting = false; // for the files of a message that is to be sent
    this.uploads = new Uploads(form, () => this.filesChanged());
    this.draft = new Draft(form, () => this.uploads.refs().map((f) => f.id));
    this.complete = new Complete(form, (text) => this.uploads.say(text));
    form.addEventListener("restore", (event) => this.restore(event.detail));
    form.addEventListener("submit", (event) => this.submit(event));
    this.box.addEventListener("input", () => this.changed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("click", (e) => this.tool(e.target.closest("[data-wrap], [data-block], [data-lines], [data-link]")?.dataset));
    $("[data-choose-emoji]", form).addEventListener("click", (event) => this.choose(event.currentTarget));
    $("[data-preview]", form).addEventListener("click", (event) => (event.preventDefault(), this.preview()));
    this.box.addEventListener("paste", (event) => this.pasted(event));
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
    if (!coarse() && !location.hash) this.box.focus({ preventScroll: true });
    this.fit();
    this.count();
  }

  submit(event) {
    if (event?.submitter?.hasAttribute("formaction")) return; // the browser goes to that page
    event?.preventDefault();
    const text = this.box.value.trimEnd();
    const files = this.uploads;
    this.waiting = false;
    if ((!text.trim() && !files.entries.length) || [...text].length > this.limit) return this.box.focus();
    this.waiting = files.pending > 0;
    if (this.waiting || files.failed) {
      files.say(this.waiting ? "The message goes out when its files are up." : "Remove the file that failed, or try it again.");
      return this.filesChanged();
    }
    const also = this.form.elements.also_channel;
    this.outbox.send({ text, also: also?.checked, key: this.form.elements.client_id.value, files: files.take() });
    this.renew();
    $$(".note, .pasted", this.form).forEach((note) => note.remove());
    $("[data-rehearsal]", this.form)?.remove();
    this.box.value = "";
    if (also) also.checked = false;
    this.typingAt = 0;
    this.shown();
    this.draft.sent();
    this.box.focus();
  }

  // filesChanged sends a message that only waited for its files.
  filesChanged() {
    const files = this.uploads;
    if (!this.draft) return; // what the page came with
    this.draft.changed();
    if (this.waiting && files.failed) this.waiting = false;
    if (this.waiting && !files.pending) return this.submit();
    $(".send", this.form).textContent = this.waiting ? "Waiting…" : "Send";
    this.box.dispatchEvent(new CustomEvent("files", { bubbles: true }));
  }

  // restore gives a message back that could not be sent.
  restore({ text, files, also }) {
    if (also && this.form.elements.also_channel) this.form.elements.also_channel.checked = true;
    this.box.value = [this.box.value, text].filter(Boolean).join("\n");
    this.uploads.keep(files ?? []);
    this.box.focus();
    this.changed();
  }

  // renew names the next message.
  renew() {
    this.form.elements.client_id.value = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  }

  changed() {
    this.draft.changed();
    this.shown();
  }

  shown() {
    this.fit();
    this.count();
    this.tellTyping();
  }

  key(event) {
    if (this.complete.key(event)) return;
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    // On a phone Enter breaks the line: there is a button beside it, and no Shift.
    const held = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (event.key === "Enter" && !event.isComposing && (held || (plain && !coarse() && !this.form.hasAttribute("data-ctrl-enter")))) {
      event.preventDefault();
      this.form.requestSubmit();
    } else if (event.key === "Enter" && !event.isComposing && !event.altKey && !held) {
      this.goOn(event);
    } else if (event.key === "ArrowUp" && plain && !this.box.value) {
      if (editLast(this.outbox.list())) event.preventDefault();
    } else if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      const mark = event.shiftKey ? { x: "~~" }[event.key.toLowerCase()] : { b: "**", i: "_", e: "`" }[event.key];
      const more = event.shiftKey && { u: () => this.address(), p: () => this.preview() }[event.key.toLowerCase()];
      if (mark || more) event.preventDefault();
      if (more) return more();
      this.surround(mark);
    }
  }

  // goOn begins the next item of a list with the line, and ends the list after an empty one.
  goOn(event) {
    const { selectionStart: at, selectionEnd: to, value } = this.box;
    const start = value.lastIndexOf("\n", at - 1) + 1;
    const [, space, bullet, number, text] = /^(\s*)(?:([-*+])|(\d{1,9})\.) (.*)/.exec(value.slice(start, at)) ?? [];
    if (at !== to || text === undefined) return;
    event.preventDefault();
    const next = `\n${space}${bullet ?? `${Number(number) + 1}.`} `;
    if (text.trim()) this.put(next, at, at, at + next.length);
    else this.put("", start, at, start);
  }

  // preview shows above the box how the text would look, or puts that away.
  async preview() {
    const shown = $("[data-rehearsal]", this.form);
    if (shown) return shown.remove(), this.box.focus();
    if (!this.box.value.trim()) return this.box.focus();
    const answer = await request($("[data-preview]", this.form).formAction, { content: this.box.value }).catch(() => null);
    const next = answer?.ok && parse(answer.text).querySelector("[data-rehearsal]");
    if (!next) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
    $("[data-rehearsal]", this.form)?.remove();
    $("label.sr", this.form).before(document.adoptNode(next));
    next.focus();
  }

  tool({ wrap, block, lines, link } = {}) {
    if (link !== undefined) return this.address();
    const { selectionStart: from, selectionEnd: to, value } = this.box;
    if (wrap) return this.surround(wrap);
    if (block) this.put(`${block}\n${value.slice(from, to)}\n${block}\n`, from, to, from + block.length + 1);
    if (!lines) return;
    const start = value.lastIndexOf("\n", from - 1) + 1;
    const text = value.slice(start, to).replace(/^/gm, lines);
    this.put(text, start, to, start + text.length);
  }

  // put replaces a part of the text and sets the caret.
  put(text, from, to, caret) {
    this.box.setRangeText(text, from, to);
    this.box.setSelectionRange(caret, caret);
    this.box.focus();
    this.changed();
  }

  // choose puts an emoji of the picker in the place of what is selected.
  async choose(button) {
    const emoji = await pick(button);
    const { selectionStart: from, selectionEnd: to } = this.box;
    if (emoji) this.put(`${emoji} `, from, to, from + emoji.length + 1);
  }

  // address makes a link of what is selected, with its address to be typed.
  address() {
    const { selectionStart: from, selectionEnd: to, value } = this.box;
    const text = value.slice(from, to) || "text";
    this.put(`[${text}](https://)`, from, to, from);
    if (from === to) this.box.setSelectionRange(from + 1, from + 1 + text.length);
    else this.box.setSelectionRange(from + text.length + 3, from + text.length + 11);
  }

  // attach makes a file of a text that is too long for a message, and offers to put it into the box after all.
  attach(text) {
    const { selectionStart: from, selectionEnd: to } = this.box;
    const at = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
    this.uploads.add([new File([text], `pasted-${at}.txt`, { type: "text/plain" })]);
    const entry = this.uploads.entries.at(-1);
    const note = element("p", "pasted hush small", "The text is too long for a message and goes as a file. ");
    const undo = element("button", "", "Put it into the box");
    note.setAttribute("role", "status");
    undo.type = "button";
    undo.addEventListener("click", () => {
      note.remove();
      this.uploads.remove(entry);
      this.put(text, from, to, from + text.length);
    });
    note.append(undo);
    $(".pasted", this.form)?.remove();
    $("[data-chips]", this.form).after(note);
  }

  // pasted makes a link of what is selected where an address is pasted over it, and a file of what is too long.
  pasted(event) {
    const { selectionStart: from, selectionEnd: to, value } = this.box;
    if (event.defaultPrevented) return; // files
    const text = event.clipboardData.getData("text/plain");
    const url = text.trim();
    if ([...url].length > this.limit && this.uploads.entries.length < this.uploads.maxFiles) {
      event.preventDefault();
      return this.attach(text);
    }
    if (from === to || !/^https?:\/\/\S+$/.test(url)) return;
    event.preventDefault();
    const link = `[${value.slice(from, to)}](${url})`;
    this.put(link, from, to, from + link.length);
  }

  // surround puts marks around what is selected.
  surround(mark) {
    if (!mark) return;
    const { selectionStart: from, selectionEnd: to, value } = this.box;
    this.box.setRangeText(mark + value.slice(from, to) + mark, from, to);
    this.box.setSelectionRange(from + mark.length, to + mark.length);
    this.box.focus();
    this.changed();
  }

  // fit grows the box with its text where the browser does not do so by itself.
  fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }

  count() {
    const used = [...this.box.value.trimEnd()].length;
    const left = $("[data-left]", this.form);
    const over = used - this.limit;
    left.hidden = over < -NEAR;
    left.classList.toggle("over", over > 0);
    left.textContent = over > 0 ? `${over} too many` : `${-over} left`;
    $(".send", this.form).disabled = over > 0;
  }

  tellTyping() {
    const now = Date.now();
    const stopped = !this.box.value;
    if (this.form.dataset.root) return; // the channel's line is not about its threads
    if (stopped ? this.typingAt === 0 : now - this.typingAt < TYPING_EVERY) return;
    this.typingAt = stopped ? 0 : now;
    // A notice that is lost is not missed.
    request(`/chat/${this.form.dataset.channel}/typing`, { typing: String(!stopped) }).catch(() => {});
  }
}
