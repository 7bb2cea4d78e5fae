// What is being written is kept on the server, and until it is there in the browser. The version tells whether somebody has
// written on elsewhere; what was typed last wins, and a page in which nobody types overwrites nothing.
import { debounce, keep } from "./dom.js";

const WAIT = 1000;

export class Draft {
  constructor(form, files) {
    this.form = form;
    this.box = form.elements.content;
    this.files = files; // returns the ids of the files
    this.path = `/chat/${form.dataset.channel}/draft`;
    this.name = `draft:${form.dataset.root || form.dataset.channel}`;
    this.version = form.dataset.version || "0";
    this.dirty = false;
    const left = keep.get("localStorage", this.name);
    if (left && !form.querySelector("[role=alert]")) {
      this.box.value = left;
      this.dirty = true;
    }
    this.soon = debounce(WAIT, () => this.save());
    this.box.addEventListener("blur", () => this.save());
    addEventListener("pagehide", () => this.save(true));
    if (this.dirty) this.soon();
  }

  changed() {
    this.dirty = true;
    keep.set("localStorage", this.name, this.box.value);
    this.soon();
  }

  // sent forgets what a message says now. The server ends its draft with the message.
  async sent() {
    this.dirty = false;
    keep.set("localStorage", this.name, "");
    const late = this.late; // what is on its way may arrive behind the message, and come back
    await this.saving;
    if (late && !this.dirty) this.post("", []);
    this.late = false;
  }

  async save(last) {
    if (!this.dirty || !this.form.isConnected) return;
    if (this.saving) {
      if (!last) return this.soon();
    }
    this.dirty = false;
    this.late = true;
    const text = this.box.value;
    this.saving = this.post(text, this.files(), last);
    const kept = await this.saving;
    this.saving = null;
    if (!kept) this.dirty = true; // the browser keeps it, and the next change tries again
    else if (!this.dirty) keep.set("localStorage", this.name, "");
    if (kept) this.late = false;
  }

  async post(content, files, last, again = true) {
    const body = new URLSearchParams([["content", content], ["version", this.version], ["root", this.form.dataset.root], ...files.map((f) => ["attachment", f])]);
    try {
      const answer = await fetch(this.path, { method: "POST", body, headers: { "X-Fragment": "1" }, keepalive: Boolean(last) });
      this.version = answer.headers.get("X-Draft-Version") ?? this.version;
      if (answer.status === 409 && again) return await this.post(content, files, last, false);
      return answer.ok;
    } catch {
      return false;
    }
  }
}
