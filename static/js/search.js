// Search, as a page or beside the conversation: results while one types, further ones below, and what was searched for in this
// browser.
import { $, $$, debounce, element, keep, parse, request } from "./dom.js";
import { channel } from "./log.js";
import * as panel from "./panel.js";
import { localiseFull, zone } from "./times.js";

const RECENT = 8;
const KEY = "searches";

export const forget = () => keep.set("localStorage", KEY, "");

const recent = () => {
  try {
    return JSON.parse(keep.get("localStorage", KEY)) || [];
  } catch {
    return [];
  }
};

export function start() {
  document.addEventListener("click", clicked);
  document.addEventListener("submit", asked);
  document.addEventListener("formdata", ({ target, formData }) => target.matches("#search, .find form") && formData.set("zone", zone));
  document.addEventListener("input", (event) => event.target.id === "q" && typed());
  document.addEventListener("panel", opened);
  opened();
}

// opened is for a search that has just come on screen.
function opened() {
  const input = $("#search #q");
  if (!input) return;
  arrived();
  remember(input.value.trim());
  $(".hit.here")?.scrollIntoView({ block: "center" });
  if (document.activeElement?.matches("#panel .bar-top a")) input.focus();
  if (input.value && (document.activeElement === input || !document.activeElement?.matches("input, textarea"))) input.setSelectionRange(input.value.length, input.value.length);
}

// beside opens a search next to the conversation on screen; without a text one of the conversation itself, to be gone on with.
export async function beside(text) {
  if ($("#panel #q")) return $("#q").focus();
  const own = $("[data-search-here]");
  const path = address(`/chat/${channel()}/search`, text ?? (own ? new URL(own.href).searchParams.get("q").trim() : ""));
  await panel.show(path, document.activeElement, path);
  const input = $("#panel #q");
  if (input?.value && text === undefined) input.value += " ";
}

// address is where a text is searched for. Its days are the reader's.
export const address = (base, text) => (text ? `${base}?${new URLSearchParams({ q: text, zone, ...($("#search [name=meaning]") && { meaning: "yes" }) })}` : base);
const base = () => $("#search").getAttribute("action");

function asked(event) {
  const own = event.target.id === "search" && $("#panel #q");
  if (!own && !(channel() && event.target.matches(".find form"))) return;
  event.preventDefault();
  const text = event.target.elements.q.value.trim();
  if (!$("#panel #q")) return beside(text);
  $("#q").value = text;
  look(text, true);
}

const typed = debounce(400, () => $("#search") && look($("#q").value.trim()));

// look reads the results of a text. A word of one or two letters is most often the beginning of a longer one.
async function look(text, atOnce) {
  const shown = $("#found").dataset.query;
  if (text === shown || (!atOnce && text.length > 0 && text.length < 3)) return;
  const path = address(base(), text);
  const answer = await request(path).catch(() => null);
  const next = answer && parse(answer.text).querySelector("#found");
  if (!next || $("#q")?.value.trim() !== text) return;
  $("#found").replaceWith(document.adoptNode(next));
  history.replaceState(null, "", path);
  arrived();
}

function arrived() {
  $$("#found time[data-full]").forEach(localiseFull);
  for (const link of $$("#found a[href*='?q=']:not([href*='zone='])")) link.search += `&zone=${encodeURIComponent(zone)}`;
  const box = $("[data-recent]");
  const texts = recent();
  if (!box || !texts.length) return;
  box.hidden = false;
  $("ul", box).replaceChildren(...texts.map((text) => {
    const item = element("li");
    const link = element("a", "token", text);
    link.href = address(base(), text);
    item.append(link);
    return item;
  }));
}

function remember(text) {
  if (!text || !$("#found .hits")) return;
  keep.set("localStorage", KEY, JSON.stringify([text, ...recent().filter((other) => other !== text)].slice(0, RECENT)));
}

async function clicked(event) {
  if (event.target.closest("[data-forget-searches]")) {
    forget();
    $("[data-recent]").hidden = true;
    $("#q").focus();
  }
  if (event.target.closest(".hits a")) remember($("#q").value.trim());
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("[data-search-here]")) {
    event.preventDefault();
    return beside();
  }
  if ($("#panel #q") && follow(event.target.closest("#found a"))) return event.preventDefault();
  const link = event.target.closest("[data-more-hits]");
  if (!link) return;
  event.preventDefault();
  const answer = await request(link.href).catch(() => null);
  const part = answer?.ok && parse(answer.text).querySelector("#found");
  if (!part) return location.assign(link.href);
  const items = $$(".hits > li", part).map((item) => document.adoptNode(item));
  $("#found .hits")?.append(...items);
  const next = $("[data-more-hits]", part);
  next ? (link.href = next.href) : link.remove();
  $$("#found time[data-full]").forEach(localiseFull);
  (items[0]?.querySelector("a") || $("#q")).focus();
}

// follow does what a link in the panel says without leaving it: another text, or a message beside it where there is room.
function follow(link) {
  const url = link && new URL(link.href);
  if (!url || link.matches("[data-more-hits]")) return false;
  if (url.pathname === base() && url.searchParams.has("meaning") === Boolean($("#search [name=meaning]"))) {
    $("#q").value = url.searchParams.get("q") ?? "";
    $("#q").focus();
    look($("#q").value.trim(), true);
    return true;
  }
  if (!link.dataset.beside || !matchMedia("(min-width: 1100px)").matches) return false;
  const { pathname, hash } = new URL(link.dataset.beside, location.href);
  const shown = pathname === base() && document.getElementById(hash.slice(1));
  if (!shown) location.assign(link.dataset.beside);
  else {
    $(".hit.here")?.classList.remove("here");
    link.closest(".hit").classList.add("here");
    location.hash = hash;
    shown.scrollIntoView({ block: "center" });
  }
  return true;
}
