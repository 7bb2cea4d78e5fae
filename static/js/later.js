// What is done later: times in the reader's zone, reminders that ring, and taking back what was just sent.
import { $, $$, element, keep, linked, parse, problem, request, toast } from "./dom.js";
import { zone } from "./times.js";
import { lying } from "./uploads.js";

const OFFER = 10_000; // ms for which a message can be taken back

export function start() {
  arrived();
  document.addEventListener("htmx:afterSwap", arrived);
  document.addEventListener("panel", arrived);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.endsDraft) keep.set("localStorage", `draft:${form.dataset.endsDraft}`, "");
    if (form.matches("[data-undo]")) undo(event);
  });
  document.addEventListener("input", (event) => {
    const other = event.target.name === "at" && $("[name=when][value=at]", event.target.form);
    if (other) other.checked = true;
  });
}

// arrived is for what has come on screen.
function arrived() {
  $$("input[type=hidden][data-zone]").forEach(zoned);
  $$("form[data-undo]").forEach((form) => setTimeout(() => form.remove(), OFFER));
}

// zoned turns the times of a form from those of UTC, which it has without scripts, to the reader's.
function zoned(field) {
  const at = $("[name=at]", field.form);
  if (at?.value && field.value === "UTC") {
    const date = new Date(`${at.value}Z`);
    at.value = new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
  field.value = zone;
  const name = $("[data-zone-name]", field.form);
  if (name) name.textContent = zone;
}

// offer puts Undo beside an own message that just arrived.
export function offer(article) {
  const item = article?.closest(".item");
  if (!item || $("[data-undo]", item)) return;
  const form = element("form", "undo");
  form.method = "post";
  form.action = `/chat/${$("#log").dataset.channel}/messages/${article.dataset.id}/undo`;
  form.dataset.undo = "";
  form.append(element("button", "btn btn-quiet btn-sm", "Undo"));
  item.append(form);
  setTimeout(() => form.remove(), OFFER);
}

async function undo(event) {
  event.preventDefault();
  const form = event.target;
  const room = form.closest("main, aside"); // the stream takes the form away with its message
  const answer = await request(form.action, {}).catch(() => null);
  const taken = answer?.ok && parse(answer.text);
  const text = taken && $("[data-taken-back]", taken);
  if (!text) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
  const detail = { text: text.textContent, files: lying(taken), also: text.hasAttribute("data-also") };
  $("form[data-composer]", room).dispatchEvent(new CustomEvent("restore", { detail }));
}

export function rang({ text }) {
  linked(`Reminder: ${text || "a message"}`, "/reminders", "Show");
}

export function failed({ problem }) {
  linked(`A scheduled message was not sent. ${problem}`, "/scheduled", "Show");
}
