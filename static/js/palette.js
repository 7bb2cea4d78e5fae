// The palette: everywhere by its name. It shows what the page /jump lists, and asks it for names that are not there.
import { $, $$, debounce, element, icon, parse, request } from "./dom.js";
import { address } from "./search.js";

const MOST = 40; // entries that are shown

let dialog;
let input;
let list;
let known = []; // what /jump lists without a text
let more = []; // what it found for the text

export function start() {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-jump]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });
}

const read = async (path) => {
  const answer = await request(path).catch(() => null);
  return answer?.ok ? $$("#jumps > li", parse(answer.text)) : [];
};

export async function open() {
  if (dialog) return;
  const back = document.activeElement;
  build();
  dialog.addEventListener("close", () => {
    dialog.remove();
    dialog = undefined;
    back?.focus?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  more = [];
  show();
  known = await read("/jump");
  if (dialog) show();
}

function build() {
  dialog = element("dialog", "palette");
  dialog.setAttribute("aria-label", "Jump to");
  input = element("input");
  list = element("div");
  list.id = "palette-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Places and actions");
  for (const [name, value] of Object.entries({
    type: "text", role: "combobox", placeholder: "A channel, person, plugin, page or action", autocomplete: "off", maxlength: 80, spellcheck: "false",
    "aria-label": "Jump to", "aria-expanded": "true", "aria-controls": list.id, "aria-autocomplete": "list",
  })) input.setAttribute(name, value);
  const ask = element("div", "ask-for");
  ask.append(icon("search"), input);
  dialog.append(ask, list);
  input.addEventListener("input", typed);
  dialog.addEventListener("keydown", key);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) return dialog.close();
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
}

const lookUp = debounce(150, async () => {
  const text = input.value.trim();
  const found = text ? await read(`/jump?q=${encodeURIComponent(text)}`) : [];
  if (!dialog || text !== input.value.trim()) return;
  more = found;
  show();
});

function typed() {
  show();
  lookUp();
}

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// far is how far a title is from a text, as the server counts it, Infinity where it lacks a letter.
function far(title, text) {
  const at = title.indexOf(text);
  if (at >= 0) return at === 0 ? 0 : /[^\p{L}\p{N}]/u.test(title[at - 1]) ? 1 : 2;
  let skipped = 3;
  let i = 0;
  for (const letter of title) {
    if (letter === text[i]) i++;
    else if (i && i < text.length) skipped++;
  }
  return i === text.length ? skipped : Infinity;
}

const place = (item) => $("a", item)?.getAttribute("href") || $("[name=to]", item)?.value || item.dataset.title;

function show() {
  const text = fold(input.value.trim());
  const ranked = known.map((item) => [item, far(fold(item.dataset.title), text)]).filter(([, distance]) => distance < Infinity);
  const there = new Set(ranked.map(([item]) => place(item)));
  for (const item of text ? more : []) if (!there.has(place(item))) ranked.push([item, Math.min(4, far(fold(item.dataset.title), text))]);
  ranked.sort((a, b) => a[1] - b[1]);
  const options = ranked.slice(0, MOST).map(([item], i) => {
    const option = element("div");
    option.id = `palette-${i}`;
    option.setAttribute("role", "option");
    option.append(...[...$("a, button", item).childNodes].map((node) => document.importNode(node, true)));
    option.source = item;
    return option;
  });
  list.replaceChildren(...options);
  if (!options.length && known.length) list.replaceChildren(element("p", "none", "Nothing is called that. Enter searches the messages."));
  choose(options[0]);
}

function choose(option) {
  $$("[aria-selected=true]", list).forEach((other) => other.setAttribute("aria-selected", "false"));
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function key(event) {
  const options = $$("[role=option]", list);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(options[(at + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length]);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    const text = input.value.trim();
    if (options[at]) take(options[at]);
    else if (text) location.assign(address("/search", text));
  }
}

// take goes to a place, or does what the page /jump would do.
function take({ source }) {
  const link = $("a", source);
  const form = $("form", source);
  const choice = $("[data-theme-choice]", source);
  dialog.close();
  if (link) return location.assign(link.getAttribute("href"));
  const part = document.importNode(form || choice, true);
  part.hidden = true;
  document.body.append(part);
  if (form) part.requestSubmit();
  else part.click();
  part.remove();
}
