// What a word may become while it is written: @people, #channels, :emoji: and /commands. The list is one of WAI-ARIA's:
// the focus stays in the box, which names the option that the keys have reached.
import { $, $$, debounce, element, parse, request } from "./dom.js";

const WAIT = 120;
const MOST = 8;
const kinds = { "@": "person", "#": "channel", "/": "command", ":": "emoji" };
const cache = new Map(); // by address, as long as the page
let emoji; // [[character, name, words]] once somebody wanted one
let own; // [[name, picture]] of the workspace, until they change

export const forget = () => (own = undefined);

export class Complete {
  constructor(form, said) {
    this.box = form.elements.content;
    this.path = `/chat/${form.dataset.channel}/complete`;
    this.said = said;
    this.list = element("ul", "complete");
    this.list.id = `${this.box.id}-options`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.list.hidden = true;
    form.prepend(this.list);
    this.box.setAttribute("aria-autocomplete", "list");
    this.look = debounce(WAIT, () => this.find());
    this.box.addEventListener("input", () => {
      const word = this.word();
      if (!word) this.close();
      else if (word.from !== this.refused) this.look();
    });
    this.box.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the box keeps the focus
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  // word returns what stands before the caret, where it is the beginning of something.
  word() {
    const { selectionStart: to, selectionEnd, value } = this.box;
    if (to !== selectionEnd) return null;
    const found = /(?:^|[\s(])([@#:]|^\/)([\p{L}\p{N}_.+-]*)$/u.exec(value.slice(0, to));
    if (!found || (found[1] === ":" && found[2].length < 2)) return null;
    return { mark: found[1], text: found[2].toLowerCase(), from: to - found[2].length - 1, to };
  }

  async find() {
    const word = this.word();
    if (!word || document.activeElement !== this.box) return this.close();
    const options = await (word.mark === ":" ? this.findEmoji(word.text) : this.ask(kinds[word.mark], word.text));
    const now = this.word();
    if (!now || now.from !== word.from || now.text !== word.text) return; // written on meanwhile
    this.show(options);
  }

  async ask(kind, text) {
    const url = `${this.path}?${new URLSearchParams({ kind, q: text })}`;
    if (!cache.has(url)) {
      const answer = await request(url).catch(() => null);
      if (!answer?.ok) return [];
      cache.set(url, answer.text);
      setTimeout(() => cache.delete(url), 60_000);
    }
    return $$("[role=option]", parse(cache.get(url))).map((option) => document.adoptNode(option));
  }

  async findEmoji(text) {
    try {
      emoji ??= (await (await fetch(document.body.dataset.emoji)).json()).flatMap(([, list]) => list);
    } catch {
      return [];
    }
    own ??= await fetch("/emoji/custom.json").then((answer) => answer.json()).catch(() => undefined);
    const found = [...(own ?? []).map(([name, src]) => [`:${name}:`, name, name.replace(/[_+-]/g, " "), src]), ...emoji].map(([character, name, words, src]) => {
      const own = name.split(" ").findIndex((w) => w.startsWith(text));
      const other = words.split(" ").findIndex((w) => w.startsWith(text));
      return { character, name, src, rank: own >= 0 ? own : other >= 0 ? 10 + other : Infinity };
    });
    return found.filter((e) => e.rank < Infinity).sort((a, b) => a.rank - b.rank).slice(0, MOST).map(({ character, name, src }) => {
      const option = element("li");
      option.setAttribute("role", "option");
      option.dataset.insert = character;
      const face = src ? Object.assign(element("img", "emoji"), { src, alt: "", width: 22, height: 22 }) : element("span", "emoji", character);
      option.append(face, element("b", "", name));
      return option;
    });
  }

  show(options) {
    if (!options.length) return this.close();
    options.forEach((option, i) => (option.id = `${this.list.id}-${i}`));
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.box.setAttribute("aria-controls", this.list.id);
    this.select(0);
    this.said(options.length === 1 ? "1 suggestion" : `${options.length} suggestions`);
  }

  select(at) {
    const options = $$("[role=option]", this.list);
    this.at = (at + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.at)));
    this.box.setAttribute("aria-activedescendant", options[this.at].id);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  close() {
    if (this.list.hidden) return;
    this.list.hidden = true;
    this.box.removeAttribute("aria-activedescendant");
    this.box.removeAttribute("aria-controls");
  }

  // key reports whether the list has used a key.
  key(event) {
    if (this.list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "Enter" && this.written()) {
      this.close();
      return false; // there is nothing left to complete: the message goes out
    }
    if (event.key === "ArrowDown") this.select(this.at + 1);
    else if (event.key === "ArrowUp") this.select(this.at - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.take($("[aria-selected=true]", this.list));
    else if (event.key === "Escape") {
      event.stopPropagation();
      this.refused = this.word()?.from;
      this.close();
    } else return false;
    event.preventDefault();
    return true;
  }

  // written reports whether the option that is reached stands in the text already.
  written() {
    const word = this.word();
    const insert = $("[aria-selected=true]", this.list).dataset.insert;
    return word && this.box.value.slice(word.from, word.to) === insert;
  }

  take(option) {
    const word = this.word();
    this.close();
    if (!word) return;
    this.box.setRangeText(`${option.dataset.insert} `, word.from, word.to, "end");
    this.box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
