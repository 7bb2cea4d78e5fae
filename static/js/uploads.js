// Files on their way to a message: picked, dropped or pasted, each with its progress, and kept until the message is sent.
import { $, $$, element, icon, toast } from "./dom.js";

const AT_ONCE = 2;
const MB = 1 << 20;

export const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : bytes < MB ? `${bytes >> 10} KB` : `${(bytes / MB).toFixed(1)} MB`);

// lying returns the files that stand in a page, and are up already.
export const lying = (page) =>
  $$("li[data-upload]", page).map(({ dataset: { upload: id, name, size, type, url, thumb } }) => ({ id, name, size: Number(size), type, url, thumb }));

export class Uploads {
  // changed is called whenever a file comes, goes, or is up.
  constructor(form, changed) {
    this.form = form;
    this.changed = changed;
    this.list = $("[data-chips]", form);
    this.said = $("[data-said]", form);
    this.input = form.elements.files;
    this.types = this.input.accept.split(",");
    this.maxFiles = Number(form.dataset.maxFiles);
    this.maxFile = Number(form.dataset.maxFile);
    this.entries = [];
    const files = lying(this.list);
    this.list.replaceChildren();
    if (files.length) this.keep(files);
    $("[data-pick]", form).addEventListener("click", () => this.input.click());
    this.input.addEventListener("change", () => {
      this.add([...this.input.files]);
      this.input.value = "";
    });
    form.addEventListener("paste", (event) => this.paste(event));
    this.place = form.closest("main, aside") ?? form;
    this.place.addEventListener("dragover", (event) => this.drag(event));
    this.place.addEventListener("dragleave", (event) => this.place.contains(event.relatedTarget) || this.leave());
    this.place.addEventListener("drop", (event) => this.drop(event));
  }

  drag(event) {
    if (!event.dataTransfer?.types.includes("Files") || !this.form.isConnected) return;
    event.preventDefault();
    event.stopPropagation();
    this.place.classList.add("dropping");
  }

  leave() {
    this.place.classList.remove("dropping");
  }

  drop(event) {
    this.leave();
    if (!event.dataTransfer?.files.length || !this.form.isConnected) return;
    event.preventDefault();
    event.stopPropagation();
    this.add([...event.dataTransfer.files]);
    this.form.elements.content.focus();
  }

  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    const at = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
    this.add(files.map((file) => (file.name === "image.png" ? new File([file], `pasted-${at}.png`, { type: file.type }) : file)));
  }

  add(files) {
    for (const file of files) {
      if (this.entries.length >= this.maxFiles) {
        toast(`A message has at most ${this.maxFiles} files.`, true);
        break;
      }
      const entry = { name: file.name, size: file.size, file, state: "waiting" };
      this.entries.push(entry);
      this.draw(entry);
      const extension = `.${file.name.split(".").pop().toLowerCase()}`;
      if (!this.types.includes(extension)) this.fail(entry, "Files of this kind are not taken.", false);
      else if (file.size > this.maxFile) this.fail(entry, `Too large: a file has at most ${this.maxFile / MB} MB.`, false);
      else if (!file.size) this.fail(entry, "This file is empty.", false);
    }
    this.say(files.length === 1 ? `Adding ${files[0].name}` : `Adding ${files.length} files`);
    this.go();
  }

  // keep shows files that are up already.
  keep(files) {
    for (const file of files) {
      if (this.entries.some((e) => e.id === file.id)) continue;
      const entry = { ...file, state: "up" };
      this.entries.push(entry);
      this.draw(entry);
      this.done(entry);
    }
    this.changed();
  }

  // take returns the files that are up and forgets them: the message has them now.
  take() {
    const files = this.refs();
    this.entries.forEach((entry) => this.drop1(entry));
    this.entries = [];
    return files;
  }

  refs() {
    return this.entries.filter((e) => e.state === "up").map(({ id, name, size, type, url, thumb }) => ({ id, name, size, type, url, thumb }));
  }

  get pending() {
    return this.entries.filter((e) => e.state === "waiting" || e.state === "going").length;
  }

  get failed() {
    return this.entries.some((e) => e.state === "failed");
  }

  say(text) {
    this.said.textContent = text;
  }

  go() {
    let room = AT_ONCE - this.entries.filter((e) => e.state === "going").length;
    for (const entry of this.entries) {
      if (room <= 0) break;
      if (entry.state === "waiting") {
        room--;
        this.send(entry);
      }
    }
    this.changed();
  }

  send(entry) {
    entry.state = "going";
    const call = new XMLHttpRequest();
    entry.call = call;
    const body = new FormData();
    body.append("file", entry.file, entry.name);
    call.open("POST", "/api/upload/message-file");
    call.responseType = "json";
    call.upload.addEventListener("progress", (e) => e.lengthComputable && this.progress(entry, e.loaded / e.total));
    call.addEventListener("load", () => this.answered(entry, call));
    call.addEventListener("error", () => this.fail(entry, "The connection broke.", true));
    call.send(body);
  }

  answered(entry, call) {
    const answer = call.response;
    if (call.status === 200 && answer?.id) {
      Object.assign(entry, { id: answer.id, name: answer.original_name, size: answer.size, type: answer.type, url: answer.file_url, thumb: answer.thumbnail_url, state: "up" });
      this.done(entry);
      this.say(`${entry.name} is added`);
    } else if (call.status === 401) return location.assign("/login");
    else this.fail(entry, answer?.message ?? "That did not work.", ![413, 415].includes(call.status));
    this.go();
  }

  draw(entry) {
    const chip = (entry.chip = element("li", "chip-file"));
    const text = element("span", "grow");
    text.append(element("span", "name", entry.name), element("span", "hush", size(entry.size)));
    const drop = element("button", "ibtn");
    drop.type = "button";
    drop.append(icon("x"));
    drop.addEventListener("click", () => this.remove(entry));
    const picture = element("span", "pic");
    picture.append(icon("file"));
    chip.append(picture, text, drop);
    if (entry.file?.type.startsWith("image/") && entry.size < 20 * MB) {
      entry.blob = URL.createObjectURL(entry.file);
      this.show(entry, entry.blob);
    }
    if (entry.state !== "up") {
      const bar = element("progress");
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", `Upload of ${entry.name}`);
      chip.append(bar);
    }
    this.list.append(chip);
    this.label(entry, "Cancel");
  }

  label(entry, what) {
    const drop = $(".ibtn", entry.chip);
    drop.title = what;
    drop.setAttribute("aria-label", `${what} ${entry.name}`);
  }

  show(entry, src) {
    const img = element("img");
    img.src = src;
    img.alt = "";
    img.addEventListener("error", () => img.remove());
    $(".pic", entry.chip).replaceChildren(img);
  }

  progress(entry, part) {
    const bar = $("progress", entry.chip);
    if (bar) bar.value = part;
  }

  done(entry) {
    this.label(entry, "Remove");
    $("progress", entry.chip)?.remove();
    if (entry.thumb && !entry.blob) this.show(entry, entry.thumb);
  }

  fail(entry, message, again) {
    entry.state = "failed";
    entry.chip.classList.add("bad");
    this.label(entry, "Remove");
    $("progress", entry.chip)?.remove();
    const note = element("span", "why", message);
    note.setAttribute("role", "alert");
    $(".grow", entry.chip).append(note);
    if (again) {
      const retry = element("button", "again", "Try again");
      retry.type = "button";
      retry.addEventListener("click", () => this.retry(entry));
      note.after(retry);
    }
    this.go();
  }

  retry(entry) {
    const old = entry.chip;
    entry.state = "waiting";
    this.draw(entry);
    old.replaceWith(entry.chip);
    this.go();
  }

  drop1(entry) {
    entry.chip.remove();
    if (entry.blob) URL.revokeObjectURL(entry.blob);
  }

  remove(entry) {
    entry.call?.abort();
    if (entry.state === "up") fetch(entry.url.replace("?size=thumb", ""), { method: "DELETE" }).catch(() => {}); // else it goes by itself in a day
    entry.state = "gone";
    this.entries = this.entries.filter((e) => e !== entry);
    this.drop1(entry);
    this.say(`${entry.name} is removed`);
    this.form.elements.content.focus();
    this.go();
  }
}
