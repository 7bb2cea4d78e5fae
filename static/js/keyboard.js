// Keys that work everywhere. `?` shows them.
import { $, $$, element } from "./dom.js";

const keys = [
  ["Enter", "send"], ["Shift Enter", "new line"], ["↑", "edit your last message"], ["Alt ↑ / ↓", "channel above or below"],
  ["Alt Shift ↑ / ↓", "unread channel above or below"], ["Esc", "close"], ["Shift Esc", "everything is read"], ["?", "this list"],
];

export function start() {
  document.addEventListener("keydown", (event) => {
    const writing = event.target.matches?.("input, textarea, select");
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1, event.shiftKey);
    } else if (event.key === "Escape" && !$("dialog[open]")) {
      $("[data-close-panel]")?.click();
      $("details.more[open]")?.removeAttribute("open");
    } else if (event.key === "?" && !writing && !event.ctrlKey && !event.metaKey && !$("dialog[open]")) {
      help();
    }
  });
}

function step(by, unreadOnly) {
  const rows = $$("[data-channel-row]");
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  for (let i = here + by; i >= 0 && i < rows.length; i += by) {
    if (!unreadOnly || rows[i].classList.contains("unread")) return rows[i].click();
  }
}

function help() {
  const dialog = element("dialog", "ask");
  const heading = element("h2", "", "Keys");
  const list = element("dl");
  const close = element("button", "btn btn-quiet", "Close");
  const foot = element("div", "foot");
  heading.id = "keys-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  for (const [key, what] of keys) {
    const term = element("dt");
    term.append(element("kbd", "kbd kbd-sm", key));
    list.append(term, element("dd", "", what));
  }
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  foot.append(close);
  dialog.append(heading, list, foot);
  document.body.append(dialog);
  dialog.showModal();
}
