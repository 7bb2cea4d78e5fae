// What is done to a message: changed in its place, deleted, linked to.
import { $, $$, element, parse, problem, request, toast } from "./dom.js";
import { Complete } from "./complete.js";
import * as log from "./log.js";
import { react } from "./marks.js";
import { quote } from "./quotes.js";

export function start() {
  document.addEventListener("click", (event) => {
    const code = event.target.closest("[data-copy-code]");
    if (code) return write(code.previousElementSibling, "Code copied");
    const link = event.target.closest("[data-act]");
    if (!link) hold(event.target);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ({ edit: () => edit(link), delete: () => askDelete(link), link: () => copy(link), text: () => copyText(link), react: () => react(link), quote: () => quote(link) })[link.dataset.act]();
  });
}

// hold shows the actions of a message that was tapped, where nothing can hover.
function hold(target) {
  if (!matchMedia("(pointer: coarse)").matches || target.closest("a, button, input, textarea")) return;
  const message = target.closest(".msg");
  $$(".msg.held").forEach((other) => other !== message && other.classList.remove("held"));
  message?.classList.toggle("held");
}

// editLast opens the newest own message of a list.
export function editLast(list = document) {
  const link = $$(".item.mine a[data-act=edit]", list).at(-1);
  if (link) edit(link);
  return Boolean(link);
}

async function edit(link) {
  const message = link.closest(".msg");
  if ($(".inline-edit", message)) return;
  const answer = await request(link.href).catch(() => null);
  const form = answer?.ok && parse(answer.text).querySelector("form.inline-edit");
  if (!form) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
  const body = $(".body", message);
  const room = message.closest("main, aside");
  const box = $("textarea", form);
  const close = () => {
    const shown = form.closest(".msg"); // the stream may have put another article in the place of the first one
    if (shown) $(".body", shown).hidden = false;
    form.remove();
    $("[data-composer] textarea", room)?.focus();
  };
  body.hidden = true;
  log.hold(() => body.after(form));
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
  form.scrollIntoView({ block: "nearest" });
  $("[data-cancel]", form).addEventListener("click", close);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(form, box.value, close);
  });
  const said = element("p", "sr");
  said.setAttribute("role", "status");
  form.append(said);
  const complete = new Complete(form, (text) => (said.textContent = text));
  box.addEventListener("keydown", (event) => {
    if (complete.key(event)) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    const held = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && (held || !form.hasAttribute("data-ctrl-enter"))) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

async function save(form, content, close) {
  const answer = await request(form.action, { content }).catch(() => null);
  if (!answer) return toast("No connection. Your change is still in the box.", true);
  if (!answer.ok) return toast(problem(answer), true);
  close();
  if (answer.text) log.update(parse(answer.text));
}

function askDelete(link) {
  const message = link.closest(".msg");
  const dialog = element("dialog", "ask");
  const heading = element("h2", "", "Delete this message?");
  const foot = element("div", "foot");
  const keep = element("button", "btn btn-quiet", "Keep it");
  const go = element("button", "btn btn-danger", "Delete");
  heading.id = "ask-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  foot.append(keep, go);
  dialog.append(heading, element("p", "hush", "It goes away for everyone. This cannot be undone."), foot);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    (link.closest("details")?.querySelector("summary") ?? link).focus();
  });
  keep.addEventListener("click", () => dialog.close());
  go.addEventListener("click", async () => {
    const answer = await request(link.href, {}).catch(() => null);
    dialog.close();
    if (answer?.ok) log.drop(message.dataset.id);
    else toast(answer ? problem(answer) : "No connection. Please try again.", true);
  });
  dialog.showModal();
  keep.focus();
}

async function copyText(button) {
  await write($(".body", button.closest(".msg")), "Text copied");
  button.closest("details").removeAttribute("open");
}

// write puts what an element says on the clipboard; where there is none, as on plain http, it selects it.
export async function write(from, done) {
  try {
    await navigator.clipboard.writeText(from.innerText.trim());
    toast(done);
  } catch {
    getSelection().selectAllChildren(from);
    toast("Selected: press Ctrl C to copy it");
  }
}

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link.href);
    toast("Link copied");
  } catch {
    location.assign(link.href); // no clipboard on plain http: the address bar then holds the link
  }
}
