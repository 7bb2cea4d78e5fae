// Messages that the server refused, told on the pages that do not show the place that they were for.
import { $, $$, element, icon, keep } from "./dom.js";

const LATER = "unsent-later:"; // those that this tab was told to be silent about

// tell keeps a note for each of the letters of an outbox, and takes away those of others that it had.
export function tell(outbox, letters) {
  const notes = $$("#toasts [data-unsent]").filter((note) => note.dataset.unsent === outbox.action);
  notes.filter((note) => !letters.some(({ key }) => key === note.dataset.key)).forEach((note) => note.remove());
  const fresh = letters.filter(({ key }) => !notes.some((note) => note.dataset.key === key) && !keep.get("sessionStorage", LATER + key));
  $("#toasts").append(...fresh.map((letter) => noteOf(outbox, letter)));
}

export function forget() {
  $$("#toasts [data-unsent]").forEach((note) => note.remove());
  keep.clear("sessionStorage", LATER);
}

function noteOf(outbox, letter) {
  const note = element("div", "note bad unsent");
  note.dataset.unsent = outbox.action;
  note.dataset.key = letter.key;
  const open = element("a", "", "Open");
  open.href = outbox.page();
  const button = (text, run) => {
    const made = element("button", "", text);
    made.type = "button";
    made.addEventListener("click", run);
    return made;
  };
  const later = () => {
    keep.set("sessionStorage", LATER + letter.key, "yes");
    note.remove();
  };
  const said = element("div", "grow");
  const text = element("span", "unsent-text", [letter.text, ...(letter.files ?? []).map(({ name }) => name)].filter(Boolean).join("\n"));
  text.dir = "auto";
  text.tabIndex = 0; // it may be long, and scrolls
  const foot = element("div", "unsent-foot");
  foot.append(open, button("Later", later), button("Remove", () => outbox.remove(letter)));
  said.append(element("b", "", `Not sent. ${letter.refused}`), text, foot);
  note.append(icon("circle-alert"), said);
  return note;
}
