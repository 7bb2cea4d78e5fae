// Sections of the list of channels: folding, orders, what is unread alone, and moving channels between them.
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
    if (!row || event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(row);
  });
}

function send(url, fields) {
  sent = sent.then(async () => {
    const answer = await request(url, fields, true).catch(() => null);
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

const target = (event) => {
  const section = dragged && event.target.closest?.("[data-section]");
  return section && section !== dragged.closest("[data-section]") ? section : undefined;
};
const mark = (section) => $$("[data-section]").forEach((one) => one.classList.toggle("drop-here", one === section));

function over(event) {
  if (!dragged) return;
  const section = target(event);
  mark(section);
  if (section) event.preventDefault();
}

function dropped(event) {
  const section = target(event);
  if (!section) return;
  event.preventDefault();
  move(dragged, section.dataset.section);
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
