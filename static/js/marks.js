// What people put on messages: reactions, what they saved, pins.
import { $, $$, debounce, me, parse, problem, request, toast } from "./dom.js";
import * as log from "./log.js";
import { pick } from "./emoji.js";
import { localiseIn } from "./times.js";

export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("toggle", opened, true);
  document.addEventListener("keydown", arrows, true); // before the key closes a panel
  document.addEventListener("click", (event) => {
    const inside = event.target.closest("details.menu");
    $$("details.menu[open]").forEach((menu) => (menu !== inside || !event.target.closest("summary")) && menu.removeAttribute("open"));
  });
}

async function post(url, fields) {
  const answer = await request(url, fields).catch(() => null);
  if (!answer?.ok) toast(answer ? problem(answer) : "No connection. Please try again.", true);
  return answer?.ok;
}

async function submitted(event) {
  const form = event.target;
  const button = event.submitter;
  if (!button?.name || !form.matches("form[data-mark], form.reacts")) return;
  event.preventDefault();
  if (form.matches(".reacts")) return post(form.action, { [button.name]: button.value }); // the stream shows it
  const item = button.closest(".item");
  if (!(await post(form.action, { [button.name]: button.value }))) return;
  if (button.name !== "saved") return;
  const yes = button.value === "yes";
  item?.classList.toggle("saved", yes);
  toast(yes ? "Saved for later" : "Removed from saved");
  $(yes ? ".unsave" : ".save", form)?.focus();
}

// react lets somebody choose an emoji for a message.
export async function react(link) {
  const emoji = await pick(link);
  if (emoji) post(link.href.replace(/\/react$/, "/reactions"), { react: emoji });
}

// changed puts the pills in place that the stream brings. They say nothing of the viewer: what they chose stays as it was,
// but for a change that is their own.
export function changed(added, news) {
  // A reply may stand in its channel too, and the first message of a thread in its panel.
  const places = ["m", "n"].map((kind) => document.getElementById(`${kind}-${news.messageId}`)?.closest(".item"));
  const root = $(`[data-thread="${news.messageId}"] .thread-root`);
  [...places, root].filter(Boolean).forEach((place) => put(place, added, news));
}

function put(item, added, { userId, emoji, html }) {
  if ($(".note-reply", item)) return;
  const former = $("form.reacts", item);
  const mine = new Set($$("[aria-pressed=true]", former ?? item).map((pill) => pill.value));
  if (userId === me()) added ? mine.add(emoji) : mine.delete(emoji);
  const next = parse(html).querySelector("form.reacts");
  $$("button.react", next).filter((pill) => mine.has(pill.value)).forEach((pill) => {
    pill.setAttribute("aria-pressed", "true");
    pill.name = "unreact";
  });
  const focus = former?.contains(document.activeElement) && document.activeElement.value;
  log.hold(() => {
    if (!next?.children.length) former?.remove();
    else if (former) former.replaceWith(document.adoptNode(next));
    else if (item.matches(".item")) item.firstElementChild.after(document.adoptNode(next));
    else item.lastElementChild.before(document.adoptNode(next));
  });
  if (focus) ($$("button.react", item).find((pill) => pill.value === focus) ?? $(".acts a, a", item)).focus();
}

// repin reads the panel of pins again where it shows something else of a message than the stream says.
export function repin(message) {
  const panel = $("#panel [data-pins]");
  if (panel && (message.hasAttribute("data-pinned") || $(`[data-pin="${message.dataset.id}"]`, panel))) reread();
}

// unlist does so where one of its messages is gone.
export function unlist(messageId) {
  if ($(`#panel [data-pin="${messageId}"]`)) reread();
}

const reread = debounce(150, async () => {
  const answer = await request(`/chat/${log.channel()}/pins`).catch(() => null);
  const next = answer?.ok && parse(answer.text).querySelector("[data-pins]");
  if (!next) return;
  localiseIn(next);
  const held = $("#panel [data-pins]")?.contains(document.activeElement);
  $("#panel [data-pins]")?.replaceWith(document.adoptNode(next));
  if (held) $("#panel [data-close-panel]")?.focus();
});

// A menu opens to the side where there is room, and closes with Escape.
function opened(event) {
  const menu = event.target;
  if (!menu.matches?.("details.menu") || !menu.open) return;
  $$("details.menu[open]").forEach((other) => other !== menu && other.removeAttribute("open"));
  const scroller = menu.closest(".log, .scroll")?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
  menu.classList.remove("up");
  const list = $(".menu-list", menu).getBoundingClientRect();
  const above = menu.getBoundingClientRect().top - scroller.top;
  menu.classList.toggle("up", list.bottom > scroller.bottom && above > scroller.bottom - list.top);
}

function arrows(event) {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    event.stopImmediatePropagation();
    menu.removeAttribute("open");
    $("summary", menu).focus();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const entries = $$(".menu-list :is(a, button)", menu).filter((entry) => entry.checkVisibility());
  const at = entries.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  entries.at(at < 0 ? -1 : at % entries.length).focus();
}
