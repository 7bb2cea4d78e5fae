// Direct conversations in the sidebar, and the cards of people.
import { $, $$, me, problem, request, toast } from "./dom.js";
import * as log from "./log.js";
import * as panel from "./panel.js";
import * as sidebar from "./sidebar.js";
import { clock } from "./times.js";

const plain = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;

export function start() {
  for (const time of $$("time[data-when]")) if (time.textContent.includes(":")) time.textContent = clock.format(new Date(time.dateTime));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-card]");
    if (!link || !log.channel() || !plain(event)) return;
    event.preventDefault();
    panel.show(link.href, link);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-hide]")) return;
    event.preventDefault();
    hide(event.target);
  });
}

async function hide(form) {
  const answer = await request(form.action, {}).catch(() => null);
  if (!answer?.ok) toast(answer ? problem(answer) : "No connection. Please try again.", true);
}

export const opened = ({ userId }) => userId === me() && sidebar.refresh();

export function hidden({ channelId }) {
  const talk = sidebar.row(channelId)?.closest(".talk");
  const focused = talk?.contains(document.activeElement);
  talk?.remove();
  sidebar.total();
  if (focused) $('header a[href="/dm/new"]')?.focus();
}
