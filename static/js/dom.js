// Small tools that every module uses.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const me = () => document.body.dataset.me;

export const parse = (html) => new DOMParser().parseFromString(html, "text/html");

// Icons of the sprite are found through one that the page already shows.
const sprite = () => $(".icon use")?.getAttribute("href").split("#")[0];

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite()}#${name}`);
  svg.append(use);
  return svg;
}

export function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}

// request fetches a part of a page, or sends form fields where there are any. With keepalive it outlives the page. It throws only where no answer came.
export async function request(url, fields, { keepalive = false, signal } = {}) {
  const options = { keepalive, signal, headers: { "X-Fragment": "1" }, credentials: "same-origin" };
  if (fields) {
    options.method = "POST";
    options.body = new URLSearchParams(fields);
  }
  const response = await fetch(url, options);
  const text = response.status === 204 ? "" : await response.text();
  if (response.status === 401) location.assign("/login");
  return { ok: response.ok, status: response.status, text, headers: response.headers, url: response.url };
}

// problem is what an answer that failed says to a person.
export function problem(answer) {
  const text = parse(answer.text).querySelector("[role=alert]")?.textContent.trim();
  return text || "That did not work. Please try again.";
}

export function toast(message, bad) {
  const note = element("div", bad ? "note bad" : "note");
  note.append(icon(bad ? "circle-alert" : "check"), element("span", "", message));
  $("#toasts").append(note);
  setTimeout(() => note.remove(), bad ? 8000 : 3500);
}

// linked is a toast that leads somewhere.
export function linked(text, href, label) {
  toast(text);
  const link = element("a", "", label);
  link.href = href;
  $("#toasts").lastElementChild.append(link);
}

// What many read again at the same moment is spread, so that a server does it one after the other: by how long each may take,
// and not for ever.
const EACH = 10; // ms
const LONGEST = 30_000;
export const spread = (many) => Math.random() * Math.min(LONGEST, EACH * many);

export function debounce(wait, run) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), wait);
  };
}

// Storage may be switched off; what it would keep is then forgotten.
export const keep = {
  get(store, key) {
    try { return window[store].getItem(key); } catch { return null; }
  },
  set(store, key, value) {
    try { value ? window[store].setItem(key, value) : window[store].removeItem(key); } catch { /* full or off */ }
  },
  names(store, prefix) {
    try { return Object.keys(window[store]).filter((key) => key.startsWith(prefix)); } catch { return []; }
  },
  clear(store, prefix) {
    keep.names(store, prefix).forEach((key) => keep.set(store, key, ""));
  },
};
