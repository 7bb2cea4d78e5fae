// The box for a new message.
import { $, keep, request } from "./dom.js";
import * as outbox from "./outbox.js";
import { editLast } from "./edit.js";

const LIMIT = 2000;
const WARN = 1800;
const TYPING_EVERY = 3000;

let form;
let box;
let typingAt = 0;

export function start() {
  form = $("#composer");
  if (!form) return;
  box = $("#content", form);
  if (!box.value) box.value = keep.get("localStorage", draftKey()) || "";
  outbox.start(form.dataset.channel);
  form.addEventListener("submit", submit);
  box.addEventListener("input", changed);
  box.addEventListener("keydown", key);
  form.addEventListener("click", (e) => surround(e.target.closest("[data-wrap]")?.dataset.wrap));
  if (!matchMedia("(pointer: coarse)").matches && !location.hash) box.focus({ preventScroll: true });
  fit();
  count();
}

const draftKey = () => `draft:${form.dataset.channel}`;

function submit(event) {
  event.preventDefault();
  const text = box.value.trimEnd();
  if (!text.trim() || [...text].length > LIMIT) return box.focus();
  const key = form.elements.client_id;
  outbox.send(text, key.value);
  key.value = outbox.newKey();
  $(".note", form)?.remove();
  box.value = "";
  typingAt = 0;
  changed();
  box.focus();
}

function changed() {
  keep.set("localStorage", draftKey(), box.value);
  fit();
  count();
  tellTyping();
}

function key(event) {
  const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
  // On a phone Enter breaks the line: there is a button beside it, and no Shift.
  if (event.key === "Enter" && plain && !event.isComposing && !matchMedia("(pointer: coarse)").matches) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "ArrowUp" && plain && !box.value) {
    if (editLast()) event.preventDefault();
  } else if ((event.ctrlKey || event.metaKey) && (event.key === "b" || event.key === "i")) {
    event.preventDefault();
    surround(event.key === "b" ? "**" : "_");
  }
}

// surround puts marks around what is selected.
function surround(mark) {
  if (!mark) return;
  const { selectionStart: from, selectionEnd: to, value } = box;
  box.setRangeText(mark + value.slice(from, to) + mark, from, to);
  box.setSelectionRange(from + mark.length, to + mark.length);
  box.focus();
  changed();
}

// fit grows the box with its text where the browser does not do so by itself.
function fit() {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

function count() {
  const used = [...box.value.trimEnd()].length;
  const left = $("#left", form);
  left.hidden = used < WARN;
  left.classList.toggle("over", used > LIMIT);
  left.textContent = used > LIMIT ? `${used - LIMIT} too many` : `${LIMIT - used} left`;
  $(".send", form).disabled = used > LIMIT;
}

function tellTyping() {
  const now = Date.now();
  const stopped = !box.value;
  if (stopped ? typingAt === 0 : now - typingAt < TYPING_EVERY) return;
  typingAt = stopped ? 0 : now;
  // A notice that is lost is not missed.
  request(`/chat/${form.dataset.channel}/typing`, { typing: String(!stopped) }).catch(() => {});
}
