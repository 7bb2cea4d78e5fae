// The pages of one's own account: times, secrets that are shown once, and what the rest of it is loaded for.
import { $, $$, toast } from "./dom.js";
import { pick } from "./emoji.js";

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

export function start() {
  for (const time of $$("time[data-moment]")) {
    const at = new Date(time.dateTime);
    time.title = full.format(at);
    time.textContent = (time.dataset.moment === "day" ? date : full).format(at);
  }
  $(".tabbar [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  $$("[data-crop]").forEach((form) => import(form.dataset.script).then(({ crop }) => crop(form)));
  $("[data-add-passkey]")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    (await import(form.dataset.script)).addPasskey(form);
  });
  $("[data-print]")?.addEventListener("click", () => print());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy($(button.dataset.copy));
    const picks = event.target.closest("[data-pick-for]");
    if (picks) choose(picks, document.getElementById(picks.dataset.pickFor));
  });
  $$("[data-once]").forEach((input) => input.addEventListener("focus", () => input.select()));
}

async function choose(button, input) {
  const emoji = await pick(button);
  if (emoji) input.value = emoji;
  (emoji ? input : button).focus();
}

async function copy(source) {
  const text = source.value ?? $$("li", source).map((line) => line.textContent.trim()).join("\n");
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast("Copying is switched off here. Select it and copy by hand.", true);
  }
}
