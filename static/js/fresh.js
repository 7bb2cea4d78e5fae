// Keeps what changes of a page fresh, with what is open and where the focus is: the part that says where it is read, and how often.
import { $, $$, parse, request } from "./dom.js";
import { localiseIn } from "./times.js";

const reachable = "[data-fresh] :is(a, summary, button, [tabindex])";

async function refresh() {
  const live = $("[data-fresh]");
  if (document.hidden) return;
  const answer = await request(live.dataset.fresh).catch(() => null);
  const next = answer?.ok && parse(answer.text).querySelector("[data-fresh]");
  if (!next) return; // the page says of when it is
  const open = $$("[data-fresh] details[open]").map((one) => [one.id, one.querySelector(".table-box")?.scrollTop]);
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
  const live = $("[data-fresh]");
  if (live) setInterval(refresh, live.dataset.every * 1000);
}
