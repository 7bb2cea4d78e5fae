// Asks before a message calls many people at once.
import { $, element } from "./dom.js";

const MANY = 20;
const CALL = /(^|[^\w@])@(channel|here)\b/i;

export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-composer]");
    const crowd = Number($("#log")?.dataset.crowd);
    if (!form || crowd <= MANY || form.dataset.meant || !CALL.test(form.elements.content.value)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, crowd);
  }, true);
}

function ask(form, crowd) {
  const dialog = element("dialog", "ask");
  const heading = element("h2", "", `Notify ${crowd - 1} people?`);
  const foot = element("div", "foot");
  const back = element("button", "btn btn-quiet", "Not yet");
  const go = element("button", "btn btn-primary", "Send");
  heading.id = "crowd-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  foot.append(back, go);
  dialog.append(heading, element("p", "hush", "Your message mentions everyone in this channel."), foot);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    form.elements.content.focus();
  });
  back.addEventListener("click", () => dialog.close());
  go.addEventListener("click", () => {
    form.dataset.meant = "yes";
    form.requestSubmit();
    delete form.dataset.meant;
    dialog.close();
  });
  dialog.showModal();
  back.focus();
}
