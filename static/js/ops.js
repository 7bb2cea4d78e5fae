// Keeps the page of operations fresh, with the tables open that were.
import { $, $$, parse, request } from "./dom.js";
import { localiseIn } from "./times.js";

const EVERY = 10_000;
const reachable = "#ops :is(a, summary, [tabindex])";

async function refresh() {
  const live = $("#ops");
  if (document.hidden) return;
  const answer = await request(live.dataset.ops).catch(() => null);
  const next = answer?.ok && parse(answer.text).querySelector("#ops");
  if (!next) return; // the page says when it was measured
  const open = $$("#ops details[open]").map((one) => [one.id, one.querySelector(".table-box")?.scrollTop]);
  const focus = $$(reachable).indexOf(document.activeElement);
  live.replaceWith(next);
  localiseIn(next);
  for (const [id, top] of open) {
    const one = document.getElementById(id);
    if (!one) continue;
    one.open = true;
    one.querySelector(".table-box")?.scrollTo(0, top);
  }
  if (focus >= 0) $$(reachable)[focus]?.focus({ preventScroll: true });
}

export function start() {
  if ($("#ops")) setInterval(refresh, EVERY);
}
