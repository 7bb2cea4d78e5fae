// What a command tells its caller alone: at the end of the list that it was sent to, until it is put away or the next one comes.
import { $, element, icon, parse } from "./dom.js";

export const isCommand = (text) => /^\/[a-z]/i.test(text);

// show takes the answer to a text that was sent, and reports whether a command gave it.
export function show(answer, list) {
  const next = answer.headers.get("X-Location");
  if (next) location.assign(next);
  const said = parse(answer.text).querySelector(".only-you");
  if (said) put(document.adoptNode(said), list);
  return Boolean(said);
}

// explain says why a command did not run; its text is back in the box.
export function explain(reason, list) {
  const said = element("div", "only-you bad");
  said.setAttribute("role", "alert");
  const drop = element("button", "ibtn");
  drop.type = "button";
  drop.dataset.dropAside = "";
  drop.setAttribute("aria-label", "Put away");
  drop.append(icon("x"));
  said.append(icon("circle-alert"), element("p", "grow", reason), drop);
  put(said, list);
}

function put(said, list) {
  clear();
  list?.after(said);
  said.scrollIntoView({ block: "nearest" });
}

export const clear = () => $(".only-you")?.remove();

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-drop-aside]")) return;
  clear();
  $("form[data-composer] textarea")?.focus();
});
