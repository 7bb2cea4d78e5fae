// What is not read: set unread from a message on, everything read at once, and the page that gathers it.
import { $, debounce, parse, problem, request, toast } from "./dom.js";

const page = () => $("#unreads");

export function start() {
  document.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-mark-unread]")) return;
    event.preventDefault();
    if (await send(event.target.action)) toast("Unread from there on");
  });
  document.addEventListener("keydown", async (event) => {
    if (event.key !== "Escape" || !event.shiftKey || $("dialog[open]")) return;
    event.preventDefault();
    if (await send("/unreads/read")) toast("Everything is read");
  });
}

async function send(action) {
  const answer = await request(action, {}).catch(() => null);
  if (!answer?.ok) toast(answer ? problem(answer) : "No connection. Please try again.", true);
  return answer?.ok;
}

// changed reads the page of unread messages again, once for any number of changes in a short while.
export const changed = debounce(400, async () => {
  if (!page() || page().contains(document.activeElement)) return;
  const answer = await request(location.href).catch(() => null);
  const next = answer?.ok && parse(answer.text).querySelector("#unreads");
  if (next) page().replaceWith(next);
});
