// The list of all channels: joining and leaving without going away.
import { $, parse, problem, request, toast } from "./dom.js";
import * as sidebar from "./sidebar.js";

export function start() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-in-place]")) return;
    event.preventDefault();
    change(event.target);
  });
}

async function change(form) {
  const button = $("button", form);
  button.disabled = true;
  const answer = await request(form.action, new FormData(form)).catch(() => null);
  button.disabled = false;
  if (!answer?.ok) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
  const row = form.closest("li").dataset.room;
  const page = await request(location.href).then((a) => a.ok && parse(a.text)).catch(() => null);
  const list = page && $("#channel-list", page);
  if (!list) return location.reload();
  sidebar.replace($("#sidebar", page));
  $("#channel-list").replaceWith(list);
  $(`[data-room="${CSS.escape(row)}"] :is(button, .btn)`)?.focus();
}
