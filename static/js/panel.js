// The column beside the conversation: what a script opens in it, and where the focus goes when it closes.
import htmx from "htmx.org/dist/htmx.esm.js";
import { $, parse, problem, request, toast } from "./dom.js";
import { channel } from "./log.js";

let opener;

// show puts the panel of another page beside the conversation, also one that says what is wrong. from gets the focus back; path becomes the address.
export async function show(url, from, path) {
  const answer = await request(url).catch(() => null);
  const next = answer && parse(answer.text).querySelector("#panel");
  if (!next) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
  opener = from;
  $("#panel").replaceWith(document.adoptNode(next));
  htmx.process($("#panel"));
  history.replaceState(null, "", path || `/chat/${channel()}`);
  $("#panel .bar-top a")?.focus();
  document.dispatchEvent(new Event("panel"));
}

export function close() {
  $("#panel").replaceChildren();
  history.replaceState(null, "", `/chat/${channel()}`);
  (opener?.isConnected ? opener : $("[data-panel-link]"))?.focus();
  opener = undefined;
}
