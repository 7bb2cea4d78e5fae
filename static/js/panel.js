// The column beside the conversation: what a script opens in it, and where the focus goes when it closes.
import htmx from "htmx.org/dist/htmx.esm.js";
import { $, parse, problem, request, toast } from "./dom.js";
import { channel } from "./log.js";

let opener;
let turn = 0; // of what was asked for last, however the answers come in
let reading = 0; // how many answers are on their way
let late = []; // what is told while they are

export function start() {
  document.addEventListener("htmx:beforeRequest", ({ detail }) => detail.target?.id === "panel" && turn++);
}

// afterwards runs something once the panel that is on its way is there: it was made before what has just been told.
export function afterwards(run) {
  if (reading) late.push(run);
}

// read fetches the panel of a page and gives it, undefined where there is none, to put with the answer, null where none came;
// unless something else was asked for meanwhile.
export async function read(url, put) {
  const mine = ++turn;
  reading++;
  const answer = await request(url).catch(() => null);
  const next = answer && parse(answer.text).querySelector("#panel");
  reading--;
  try {
    if (mine === turn) put(next, answer);
  } finally {
    if (!reading) late.splice(0).forEach((run) => run());
  }
}

// show puts the panel of another page beside the conversation, also one that says what is wrong. from gets the focus back; path becomes the address.
export function show(url, from, path) {
  return read(url, (next, answer) => {
    if (!next) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
    opener = from;
    fill(next);
    history.replaceState(null, "", path || `/chat/${channel()}`);
    $("#panel .bar-top a")?.focus();
    document.dispatchEvent(new Event("panel"));
  });
}

function fill(next) {
  $("#panel").replaceWith(document.adoptNode(next));
  htmx.process($("#panel"));
}

// reread reads a list of pins or members again. What somebody looks for in it or is about to change stays.
export async function reread() {
  const busy = () => $("#panel details[open]") || document.activeElement.matches("#panel input");
  if (!/\/(pins|members)$/.test(location.pathname) || busy()) return;
  await read(location.href, (next, answer) => {
    if (!answer?.ok) throw new Error("the panel could not be read");
    if (!next || busy()) return;
    const held = $("#panel").contains(document.activeElement);
    fill(next);
    if (held) $("#panel .bar-top a")?.focus();
    document.dispatchEvent(new Event("panel"));
  });
}

export function close() {
  turn++;
  $("#panel").replaceChildren();
  history.replaceState(null, "", `/chat/${channel()}`);
  (opener?.isConnected ? opener : $("[data-panel-link]"))?.focus();
  opener = undefined;
}
