// Sections of the list of channels: folding, orders, what is unread alone, and moving channels in them and between them.
import { $, $$, element, problem, request, toast } from "./dom.js";
import * as sidebar from "./sidebar.js";

const ROW = "[data-section] a[data-channel-row]";
let sent = Promise.resolve(); // one after the other: each choice is added to those before it
let dragged;

export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("dragstart", (event) => (dragged = event.target.closest?.(ROW)));
  document.addEventListener("dragend", () => ((dragged = undefined), mark()));
  document.addEventListener("dragover", over);
  document.addEventListener("drop", dropped);
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.(ROW);
    if (!row || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    if (event.key === "m" && !held) choose(row);
    else if (held && event.shiftKey && event.key === "ArrowUp") put(row, row.previousElementSibling ?? row);
    else if (held && event.shiftKey && event.key === "ArrowDown") put(row, row.nextElementSibling ? row.nextElementSibling.nextElementSibling : row);
    else return;
    event.preventDefault();
  });
}

function send(url, fields) {
  sent = sent.then(async () => {
    const answer = await request(url, fields, { keepalive: true }).catch(() => null);
    if (!answer?.ok) toast(answer ? problem(answer) : "No connection. Please try again.", true);
  });
  return sent;
}

function submitted(event) {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches("[data-fold], [data-only-unread], [data-order-form]")) return;
  event.preventDefault();
  const answer = send(form.action, { section: form.elements.section?.value ?? "", [button.name]: button.value });
  if (form.matches("[data-order-form]")) {
    form.closest("details").removeAttribute("open");
    $("summary", form.closest("details")).focus();
    return answer.then(sidebar.refresh);
  }
  const yes = button.value === "yes";
  button.value = yes ? "no" : "yes";
  if (form.matches("[data-fold]")) {
    form.closest(".group").classList.toggle("folded", yes);
    button.setAttribute("aria-expanded", !yes);
  } else {
    $("#sidebar").classList.toggle("only-unread", yes);
    button.setAttribute("aria-pressed", yes);
  }
}

const rows = (section) => $("[data-order]", section);

// target is where a dragged channel would go: into a section, and there before a row, or to the end where there is none.
function target(event) {
  const section = dragged && event.target.closest?.("[data-section]");
  if (!section) return;
  const own = section === dragged.closest("[data-section]");
  const over = event.target.closest(ROW);
  if (!over || (!own && rows(section).dataset.order !== "own")) return own ? undefined : { section };
  const { top, height } = over.getBoundingClientRect();
  return { section, over, own, before: event.clientY < top + height / 2 ? over : over.nextElementSibling };
}

function mark(at) {
  $$("[data-section]").forEach((one) => one.classList.toggle("drop-here", Boolean(at && !at.over) && one === at.section));
  $$(".drop-before, .drop-after").forEach((one) => one.classList.remove("drop-before", "drop-after"));
  at?.over?.classList.add(at.before === at.over ? "drop-before" : "drop-after");
}

function over(event) {
  if (!dragged) return;
  const at = target(event);
  mark(at);
  if (at) event.preventDefault();
}

function dropped(event) {
  const at = target(event);
  if (!at) return;
  event.preventDefault();
  if (at.own) return void put(dragged, at.before);
  const row = dragged;
  const there = { channel: row.dataset.channelRow, before: at.before?.dataset.channelRow ?? "" };
  move(row, at.section.dataset.section).then(() => at.over && send("/sidebar/move", there).then(sidebar.refresh));
}

// put moves a channel in its section before another one, or without one to the end, and says where it stands.
function put(row, before) {
  const list = row.parentElement;
  if (before === row || (before ?? null) === row.nextElementSibling) return;
  list.insertBefore(row, before ?? null);
  row.focus();
  list.dataset.order = "own";
  say(`${$(".name", row).textContent} is number ${[...list.children].indexOf(row) + 1} of ${list.children.length}`);
  send("/sidebar/move", { channel: row.dataset.channelRow, before: before?.dataset.channelRow ?? "" }).then(sidebar.refresh);
}

function say(text) {
  const line = $("#moved") || document.body.appendChild(Object.assign(element("p", "sr"), { id: "moved", role: "status" }));
  line.textContent = text;
}

const move = (row, section) => send(`/chat/${row.dataset.channelRow}/section`, { section }).then(sidebar.refresh);

// choose asks where a channel is to stand.
function choose(row) {
  const dialog = element("dialog", "ask");
  const head = element("h2", "", `Move ${$(".name", row).textContent} to`);
  const form = element("form", "form");
  const list = element("div", "places");
  const name = element("input", "input");
  head.id = "move-title";
  dialog.setAttribute("aria-labelledby", head.id);
  form.method = "dialog";
  const places = new Map([["*", "Favourites"], ...$$("[data-section]").map((one) => [one.dataset.section, one.dataset.title])]);
  places.delete(row.closest("[data-section]").dataset.section);
  for (const [section, title] of places) {
    const button = element("button", "btn btn-quiet", title);
    button.type = "button";
    button.addEventListener("click", () => done(section));
    list.append(button);
  }
  Object.assign(name, { maxLength: 40, placeholder: "A new section", autocomplete: "off" });
  name.setAttribute("aria-label", "A new section");
  form.append(list, name);
  form.addEventListener("submit", () => name.value.trim() && done(name.value));
  dialog.append(head, form);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    row.isConnected && row.focus();
  });
  const done = (section) => {
    dialog.close();
    move(row, section);
  };
  document.body.append(dialog);
  dialog.showModal();
}
