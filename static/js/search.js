// The search page: results while one types, further ones below, and what was searched for in this browser.
import { $, $$, debounce, element, keep, parse, request } from "./dom.js";
import { localiseFull } from "./times.js";

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
  const form = $("#search");
  if (!form) return;
  const input = $("#q", form);
  input.addEventListener("input", debounce(400, () => look(input.value.trim())));
  document.addEventListener("click", clicked);
  arrived();
  remember(input.value.trim());
  if (input.value && !document.activeElement?.matches("input")) input.setSelectionRange(input.value.length, input.value.length);
}

// look reads the results of a text. A word of one or two letters is most often the beginning of a longer one.
async function look(text) {
  const shown = $("#found").dataset.query;
  if (text === shown || (text.length > 0 && text.length < 3)) return;
  const meaning = $("#search [name=meaning]") ? "&meaning=yes" : "";
  const path = text ? `/search?q=${encodeURIComponent(text)}${meaning}` : "/search";
  const answer = await request(path).catch(() => null);
  const next = answer && parse(answer.text).querySelector("#found");
  if (!next || $("#q").value.trim() !== text) return;
  $("#found").replaceWith(document.adoptNode(next));
  history.replaceState(null, "", path);
  arrived();
}

function arrived() {
  $$("#found time[data-full]").forEach(localiseFull);
  const box = $("[data-recent]");
  const texts = recent();
  if (!box || !texts.length) return;
  box.hidden = false;
  $("ul", box).replaceChildren(...texts.map((text) => {
    const item = element("li");
    const link = element("a", "token", text);
    link.href = `/search?q=${encodeURIComponent(text)}`;
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
