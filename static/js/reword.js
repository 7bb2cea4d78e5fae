// Has a model say more clearly what somebody wants, in its place in the form, and brings their own words back. Nothing is sent by it.
import { $, parse, problem, toast } from "./dom.js";

let call; // under way

async function reword(form, button) {
  const wish = $("[data-wish]", form);
  const words = $("span", button) ?? button;
  const label = words.textContent;
  call = new AbortController();
  const { signal } = call;
  const body = new URLSearchParams(new FormData(form, button));
  words.textContent = "Stop";
  wish.readOnly = true;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(button.formAction, { method: "POST", headers: { "X-Fragment": "1" }, body, signal });
    const text = await answer.text();
    if (answer.status === 401) return location.assign("/login");
    if (!answer.ok) return toast(problem({ text }), true);
    const page = parse(text);
    wish.value = $("textarea", page).value;
    $("[data-reworded]", form).replaceWith($("[data-reworded]", page));
  } catch {
    if (!signal.aborted) toast("The server does not answer. What you wrote is still here.", true);
  } finally {
    call = undefined;
    words.textContent = label;
    wish.readOnly = false;
    form.removeAttribute("aria-busy");
    wish.focus();
  }
}

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.matches("[data-reword]")) return;
  event.preventDefault();
  if (call) call.abort();
  else reword(event.target, button);
});
