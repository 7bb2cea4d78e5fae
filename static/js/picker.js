// The list of emoji to choose from: searched by words, in groups, the last chosen first, by pointer and by keyboard.
import { $, $$, debounce, element, keep } from "./dom.js";

const RECENT = "emoji:recent";
const KEPT = 24;
const USUAL = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "✅", "🚀", "🔥", "👏"];
const FOUND = 160;

let groups; // [[name, [[emoji, name, words], …]], …]
let own = []; // the same rows for the workspace's own, with the address of a picture behind them

const recent = () => (keep.get("localStorage", RECENT) || "").split(" ").filter(Boolean);
const remember = (emoji) => keep.set("localStorage", RECENT, [emoji, ...recent().filter((e) => e !== emoji)].slice(0, KEPT).join(" "));

// open resolves with the emoji that was chosen, or with undefined.
export async function open(anchor, url) {
  [groups, own] = await Promise.all([groups ?? load(url), load("/emoji/custom.json").then((rows) => rows.map(row)).catch(() => own)]);
  return new Promise((resolve) => show(anchor, resolve));
}

// row is one of the workspace's own. Who asked for less motion gets a picture that stands still.
function row([name, moving, still]) {
  const calm = still && matchMedia("(prefers-reduced-motion: reduce)").matches;
  return [`:${name}:`, name, "", calm ? still : moving];
}

async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

function show(anchor, resolve) {
  const dialog = element("dialog", "picker");
  const search = element("input", "input");
  const tabs = element("div", "picker-tabs");
  const list = element("div", "picker-list");
  const status = element("p", "sr");
  let chosen;
  dialog.setAttribute("aria-label", "Choose an emoji");
  Object.assign(search, { type: "search", placeholder: "Search emoji", autocomplete: "off", maxLength: 64 });
  search.setAttribute("aria-label", "Search emoji");
  tabs.setAttribute("role", "group");
  tabs.setAttribute("aria-label", "Groups");
  status.setAttribute("role", "status");
  const all = sections();
  list.append(...all);
  all.forEach((section) => tabs.append(tab(section, list)));
  const find = debounce(60, () => {
    const query = search.value.trim();
    tabs.hidden = Boolean(query);
    list.replaceChildren(...(query ? [found(query)] : all));
    list.scrollTop = 0;
    status.textContent = query ? `${$$("button", list).length} found` : "";
  });
  search.addEventListener("input", find);
  dialog.addEventListener("keydown", (event) => key(event, search, list));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    chosen = button.value;
    remember(chosen);
    dialog.close();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  const place = () => put(dialog, anchor);
  addEventListener("resize", place);
  dialog.addEventListener("close", () => {
    removeEventListener("resize", place);
    dialog.remove();
    if (anchor.isConnected) anchor.focus();
    resolve(chosen);
  });
  dialog.append(search, tabs, list, status);
  document.body.append(dialog);
  dialog.showModal();
  place();
  search.focus();
}

// put stands the picker beside what opened it, inside the window. On a phone the style sheet puts it at the bottom.
function put(dialog, anchor) {
  dialog.removeAttribute("style");
  if (innerWidth < 768) return;
  const near = anchor.getBoundingClientRect();
  const { width, height } = dialog.getBoundingClientRect();
  const top = near.bottom + 6 + height < innerHeight ? near.bottom + 6 : near.top - height - 6;
  dialog.style.left = `${Math.max(8, Math.min(near.left, innerWidth - width - 8))}px`;
  dialog.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}

function sections() {
  const known = new Map([...groups.flatMap(([, rows]) => rows), ...own].map((entry) => [entry[0], entry]));
  const first = [...new Set([...recent(), ...USUAL])].filter((emoji) => known.has(emoji)).slice(0, KEPT);
  const last = own.length ? [section("This workspace", own)] : [];
  return [section("Often used", first.map((emoji) => known.get(emoji))), ...groups.map(([name, rows]) => section(name, rows)), ...last];
}

function section(name, rows) {
  const box = element("section");
  const grid = element("div", "emoji-grid");
  box.setAttribute("aria-label", name);
  for (const [emoji, label, , picture] of rows) {
    const button = element("button", "", picture ? "" : emoji);
    if (picture) button.append(image(picture));
    Object.assign(button, { type: "button", value: emoji, title: label, tabIndex: -1 });
    button.setAttribute("aria-label", label);
    grid.append(button);
  }
  if (grid.firstChild) grid.firstChild.tabIndex = 0;
  box.append(element("h2", "", name), grid);
  return box;
}

function image(src) {
  const img = element("img", "emoji");
  Object.assign(img, { src, alt: "", width: 22, height: 22, loading: "lazy" });
  return img;
}

function tab(section, list) {
  const first = $("button", section);
  const button = element("button", "", section.getAttribute("aria-label") === "Often used" ? "🕘" : first?.textContent);
  if (!button.textContent && first) button.append(image($("img", first).src));
  button.type = "button";
  button.title = section.getAttribute("aria-label");
  button.setAttribute("aria-label", button.title);
  button.addEventListener("click", () => (list.scrollTop = section.offsetTop - list.offsetTop));
  return button;
}

// found lists what has words that begin with each of those asked for, by name before others.
function found(query) {
  const wanted = words(query);
  const has = (text) => wanted.every((part) => words(text).some((word) => word.startsWith(part)));
  const rows = [...own, ...groups.flatMap(([, rows]) => rows)];
  const named = rows.filter(([, name]) => has(name));
  const other = rows.filter(([, name, more]) => !has(name) && has(`${name} ${more}`));
  const hits = wanted.length ? [...named, ...other].slice(0, FOUND) : [];
  return hits.length ? section("Found", hits) : element("p", "hush", "No emoji is called that. Try another word.");
}

const words = (text) => text.toLowerCase().split(/[ :_-]+/).filter(Boolean);

// key moves among the emoji by arrows: sideways to the neighbour, up and down to the one that stands there.
function key(event, search, list) {
  const buttons = $$("button", list);
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "Enter" && document.activeElement === search) {
    event.preventDefault();
    buttons[0]?.click();
  }
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 0, ArrowUp: 0 }[event.key];
  if (step === undefined || (at < 0 && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const next = at < 0 ? buttons[0] : step ? buttons[at + step] : beside(buttons, at, event.key === "ArrowDown");
  if (!next && event.key === "ArrowUp") return search.focus();
  if (!next) return;
  if (at >= 0) buttons[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function beside(buttons, at, down) {
  const from = buttons[at].getBoundingClientRect();
  const rest = down ? buttons.slice(at + 1) : buttons.slice(0, at).reverse();
  let best;
  for (const button of rest) {
    const to = button.getBoundingClientRect();
    if (Math.abs(to.top - from.top) < 2) continue;
    if (best && Math.abs(to.top - best.to.top) > 2) break;
    if (!best || Math.abs(to.left - from.left) < Math.abs(best.to.left - from.left)) best = { button, to };
  }
  return best?.button;
}
