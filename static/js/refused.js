// Messages that the server refused, told on the pages that do not show the place that they were for.
import { $, $$, element, icon } from "./dom.js";

// tell keeps a note for each of the letters of an outbox, and takes away those of others that it had.
export function tell(outbox, letters) {
  const notes = $$("#toasts [data-unsent]").filter((note) => note.dataset.unsent === outbox.action);
  notes.filter((note) => !letters.some(({ key }) => key === note.dataset.key)).forEach((note) => note.remove());
  const fresh = letters.filter(({ key }) => !notes.some((note) => note.dataset.key === key));
  $("#toasts").append(...fresh.map((letter) => noteOf(outbox, letter)));
}

function noteOf(outbox, letter) {
  const note = element("div", "note bad unsent");
  note.dataset.unsent = outbox.action;
  note.dataset.key = letter.key;
  const open = element("a", "", "Open");
  open.href = outbox.page();
  const remove = element("button", "", "Remove");
  remove.type = "button";
  remove.addEventListener("click", () => outbox.remove(letter));
  const said = element("div", "grow");
  const text = element("span", "unsent-text", [letter.text, ...(letter.files ?? []).map(({ name }) => name)].filter(Boolean).join("\n"));
  text.dir = "auto";
  text.tabIndex = 0; // it may be long, and scrolls
  const foot = element("div", "unsent-foot");
  foot.append(open, remove);
  said.append(element("b", "", `Not sent. ${letter.refused}`), text, foot);
  note.append(icon("circle-alert"), said);
  return note;
}
