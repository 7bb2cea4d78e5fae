// The announcement at the top of every page: it comes, goes and ends while a page is open, and each person can put it away.
import { $, parse, problem, request, toast } from "./dom.js";

const LONGEST = 2 ** 31 - 1; // of a timer, in milliseconds
const place = () => $("#banner");
let end;

export function start() {
  document.addEventListener("submit", putAway);
  expect();
}

// expect takes an announcement down at its end.
function expect() {
  clearTimeout(end);
  const until = $(".banner", place() ?? document)?.dataset.until;
  const left = Date.parse(until) - Date.now();
  if (left < LONGEST) end = setTimeout(() => place().replaceChildren(), left);
}

export function changed({ id, html }) {
  if (!place() || (id && id === place().dataset.away)) return;
  place().replaceChildren(...parse(html).body.childNodes);
  expect();
}

// replace takes the announcement of a page that was read again.
export function replace(next) {
  if (!place() || !next) return;
  place().replaceWith(next);
  expect();
}

async function putAway(event) {
  const form = event.target;
  if (!form.matches("[data-banner-away]")) return;
  event.preventDefault();
  const id = form.elements.id.value;
  const answer = await request(form.action, { id }).catch(() => null);
  if (!answer?.ok) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
  place().dataset.away = id;
  place().replaceChildren();
  const main = $("#main"); // the button is gone, and the focus with it
  main.tabIndex = -1;
  main.focus({ preventScroll: true });
}
