// Keys that work outside of fields. The page /shortcuts lists them.
import { $, $$, element, icon, parse, request } from "./dom.js";
import { channel } from "./log.js";
import * as palette from "./palette.js";
import { beside } from "./search.js";

// What a key does to the message that has the focus: the first of these that its reader may use, be it in a closed menu.
const actions = {
  r: "[data-thread-link]", a: "[data-act=react]", e: "[data-act=edit]", s: ".save, .unsave", p: "form[action$='/pin'] button",
  u: "form[action$='/unread'] button", l: "[data-act=link]", q: "[data-act=quote]", Delete: "[data-act=delete]",
};

const MESSAGE = "#log .msg, #replies .msg";

export function start() {
  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.metaKey;
    if (held && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k" && $("#sidebar")) {
      event.preventDefault();
      if (!$("dialog[open]")) palette.open();
    } else if (held && event.shiftKey && !event.altKey && event.key.toLowerCase() === "f" && channel()) {
      event.preventDefault();
      if (!$("dialog[open]")) beside();
    } else if (held && event.key === "/") {
      event.preventDefault();
      help();
    } else if (event.altKey && !held && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1, event.shiftKey);
    } else if (event.key === "Escape" && !event.shiftKey && !$("dialog[open]")) {
      escape(event);
    } else if (!held && !event.altKey && !writing(event.target) && !$("dialog[open]")) {
      plain(event);
    }
  });
}

const writing = (target) => target.isContentEditable || target.matches?.("input, textarea, select, [role=listbox] *, [role=menu] *");

function plain(event) {
  const message = document.activeElement?.closest(MESSAGE);
  const inLog = message && document.activeElement === message;
  const { key } = event;
  let done = true;
  if (key === "?") help();
  else if (key === "/" && $(".find input")) ($("#q") || $(".find input")).focus();
  else if (key === "j" || (key === "ArrowDown" && inLog)) move(message, 1);
  else if (key === "k" || (key === "ArrowUp" && inLog)) move(message, -1);
  else if (key === "Home" && inLog) focus(listed(message)[0]);
  else if (key === "End" && inLog) focus(listed(message).at(-1));
  else if (key === "c" && $("#content")) $("#content").focus();
  else if (inLog && actions[key]) done = act(message, key);
  else done = false;
  if (done) event.preventDefault();
}

function escape(event) {
  const open = $("details.more[open]");
  const message = document.activeElement?.closest(MESSAGE);
  if (open) {
    open.removeAttribute("open");
    $("summary", open)?.focus();
  } else if (message && !event.target.matches("input, textarea")) $("[data-composer] textarea", message.closest("main, aside"))?.focus();
  else $("[data-close-panel]")?.click();
}

// listed are the messages of a thread where the focus is in one, else those of the conversation.
const listed = (inside) => $$(inside?.closest(".thread") ? "#replies .msg" : "#log .msg");

// move gives the focus to the message above or below; without one it begins with the newest that is in sight.
function move(message, by) {
  const all = listed(message ?? document.activeElement);
  if (message) return focus(all[all.indexOf(message) + by]);
  const end = all[0]?.closest("#thread, #log").getBoundingClientRect().bottom;
  focus(all.findLast((one) => one.getBoundingClientRect().top < end));
}

function focus(message) {
  if (!message) return;
  message.tabIndex = -1;
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: "nearest" });
}

function act(message, key) {
  const control = $$(actions[key], $(".acts", message) || message).find((one) => getComputedStyle(one).display !== "none");
  control?.click();
  return Boolean(control);
}

function step(by, unreadOnly) {
  const rows = $$("[data-channel-row]").filter((row) => row.hasAttribute("aria-current") || row.checkVisibility());
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  for (let i = here + by; i >= 0 && i < rows.length; i += by) {
    if (!unreadOnly || rows[i].classList.contains("unread")) return rows[i].click();
  }
}

async function help() {
  if ($("dialog[open]")) return;
  const back = document.activeElement;
  const dialog = element("dialog", "keys");
  const head = element("header");
  const heading = element("h2", "", "Keyboard shortcuts");
  const close = element("button", "ibtn");
  heading.id = "keys-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  close.setAttribute("aria-label", "Close");
  close.append(icon("x"));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    back?.focus?.();
  });
  head.append(heading, close);
  dialog.append(head);
  document.body.append(dialog);
  dialog.showModal();
  const answer = await request("/shortcuts").catch(() => null);
  const list = answer?.ok && parse(answer.text).querySelector("#shortcuts");
  dialog.append(list ? document.adoptNode(list) : element("p", "hush", "The list could not be read. Please try again."));
}
