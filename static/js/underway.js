// A message that is being changed while another article takes its place: the form with what was written goes along.
import { $, $$, toast } from "./dom.js";

// lift remembers the forms in what is about to be replaced. What it returns puts them into the articles that are on the page then,
// and the text of those that have none any more into the composer. It reports whether one of them had the focus.
export function lift(place) {
  const lifted = $$(".inline-edit", place).map((form) => {
    const box = $("textarea", form);
    const { selectionStart: from, selectionEnd: to } = box;
    return { form, box, from, to, article: form.closest(".msg").id, room: form.closest("main, aside"), focus: form.contains(document.activeElement) && document.activeElement };
  });
  return () => {
    lifted.forEach(land);
    return lifted.some(({ focus }) => focus);
  };
}

function land({ form, article, box, from, to, focus, room }) {
  const next = document.getElementById(article);
  if (!next) return rescue(box, room);
  const body = $(".body", next);
  body.hidden = true;
  body.after(form);
  box.setSelectionRange(from, to);
  if (focus) focus.focus({ preventScroll: true });
}

function rescue(box, room) {
  if (box.value === box.defaultValue) return;
  const composer = $("[data-composer]", room) ?? $("[data-composer]");
  composer?.dispatchEvent(new CustomEvent("restore", { detail: { text: box.value } }));
  toast(composer ? "The message that you were changing is gone. Your text is in the box below." : `The message that you were changing is gone. You wrote: ${box.value}`, true);
}
