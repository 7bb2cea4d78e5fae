// The switch between light, dark and what the system has.
import { $$, keep } from "./dom.js";

const themes = { light: "pegasus", dark: "pegasus-dark" };

function paint(choice) {
  if (themes[choice]) document.documentElement.dataset.theme = themes[choice];
  else delete document.documentElement.dataset.theme;
  $$("[data-theme-choice]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.themeChoice === choice)));
}

export function start() {
  paint(keep.get("localStorage", "theme") || "system");
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
    if (!choice) return;
    keep.set("localStorage", "theme", choice === "system" ? "" : choice);
    paint(choice);
  });
}
