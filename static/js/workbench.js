// Makes the page of a plugin live: answers come as they are written, and what they change shows beside them.
import { $, $$, element, parse, problem, request, toast } from "./dom.js";
import { localiseIn } from "./times.js";
import { tell as tellWorker } from "./worker.js";

const turns = $("#turns");
const form = $("#ask");
const send = form && $("[data-send]", form);
const box = form?.querySelector("textarea");

const atEnd = () => turns.scrollHeight - turns.scrollTop - turns.clientHeight < 80;
const toEnd = () => { turns.scrollTop = turns.scrollHeight; };

// follow fills a turn from the stream of its answer, and puts the whole of it in its place in the end.
function follow(turn) {
  const answer = $("[data-answer]", turn);
  const changes = $("[data-changes]", turn);
  const tell = (text) => { const step = $("[data-step]", turn); if (step) step.textContent = text; };
  const draft = element("p", "draft");
  const files = new Set();
  const source = new EventSource(turns.dataset.answers + turn.dataset.turn);
  const on = (name, run) => source.addEventListener(name, (event) => {
    const stay = atEnd();
    run(event);
    if (stay) toEnd();
  });
  on("text", ({ data }) => {
    if (!draft.isConnected) answer.replaceChildren(draft);
    draft.append(JSON.parse(data).text);
  });
  on("file", ({ data }) => {
    const { file } = JSON.parse(data);
    if (files.has(file)) return;
    files.add(file);
    const row = element("li", "modify");
    const line = element("span", "writing");
    line.append(element("span", "sign", "~"), element("code", "", file), element("span", "hush", "writing…"));
    row.append(line);
    changes.append(row);
  });
  on("building", () => tell("Building…"));
  on("round", ({ data }) => tell(`Mending what did not compile, round ${JSON.parse(data).round}…`));
  on("problems", ({ data }) => tell(`${JSON.parse(data).problems?.length ?? 0} problems found`));
  on("done", ({ data }) => {
    source.close();
    seen(turn.dataset.turn);
    const whole = parse(data).querySelector(".turn");
    localiseIn(whole);
    turn.replaceWith(whole);
    enable(true);
    refresh(whole.querySelector("[data-changes] li") ? "changes" : "");
  });
}

function enable(on) {
  send?.toggleAttribute("disabled", !on);
}

const MARK = "● ";

// seen says that this page shows how the answer ended: who has no such page is told elsewhere. In a tab at which nobody looks
// the title says it too.
function seen(exchangeId) {
  request(`${turns.dataset.answers}${exchangeId}/seen`, {}).catch(() => {});
  if (!document.hidden || document.title.startsWith(MARK)) return;
  document.title = MARK + document.title;
  document.addEventListener("visibilitychange", () => { document.title = document.title.replace(MARK, ""); }, { once: true });
}

form?.addEventListener("submit", async (event) => {
  if (event.submitter?.matches("[data-reword]")) return;
  event.preventDefault();
  const message = box.value.trim();
  if (!message || send.disabled || box.readOnly) return;
  enable(false);
  const answer = await request(form.action, new FormData(form)).catch(() => null);
  if (!answer?.ok) {
    enable(true);
    toast(answer ? problem(answer) : "The server does not answer. What you wrote is still here.", true);
    return;
  }
  box.value = "";
  $("[data-reworded]", form)?.replaceChildren();
  const turn = parse(answer.text).querySelector(".turn");
  turns.querySelector(".empty")?.remove();
  turns.append(turn);
  toEnd();
  follow(turn);
  const talk = answer.headers.get("X-Conversation");
  if (talk) form.elements.conversation.value = talk;
});

box?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit(send);
});

turns?.addEventListener("submit", async (event) => {
  const stop = event.target.closest("[data-under-way] form");
  if (!stop) return;
  event.preventDefault();
  const answer = await request(stop.action, new FormData(stop)).catch(() => null);
  if (!answer?.ok) toast("It could not be stopped. Please try again.", true);
});

// The answer to a form stands where nothing can be read again: from here on the page is at the tab that it shows.
if ($("main").dataset.address) history.replaceState(null, "", $("main").dataset.address);

let written = false; // into a form at the right side
document.addEventListener("input", (event) => { written ||= !!event.target.closest("#work-body"); });

// refresh reads the right side again; with a tab it turns to that. What somebody writes, and what a try came to, stays.
let reading = 0;
let turned = ""; // the address before, while a tab that was turned to is not shown yet
async function refresh(tab) {
  const turn = ++reading;
  const here = new URL(location.href);
  if (tab && !written && !$("[data-editor]")) {
    turned ||= location.href;
    here.search = "";
    here.searchParams.set("tab", tab);
    if (form?.elements.conversation.value) here.searchParams.set("conversation", form.elements.conversation.value);
    history.replaceState(null, "", here);
  }
  const answer = await fetch(here).then((r) => (r.ok ? r.text() : "")).catch(() => "");
  const work = parse(answer).querySelector("#work");
  if (turn !== reading) return;
  const stays = $("[data-editor]") || written || (!turned && $(".tried"));
  if (turned && (stays || !work)) history.replaceState(null, "", turned);
  turned = "";
  if (!work) return wait();
  localiseIn(work);
  const cost = work.ownerDocument.querySelector("#cost");
  if (cost) $("#cost")?.replaceWith(cost);
  if (stays) {
    $("#bench-status").replaceWith($("#bench-status", work));
  } else {
    $("#work").replaceWith(work);
    written = false;
  }
  wait();
}

// While the compiler works the page looks again: now and then, should the word of the stream be lost.
let waiting;
function wait() {
  clearTimeout(waiting);
  if ($("#bench-status .compiling, #bench-status .pending") && $("#bench-status").dataset.head !== "0") waiting = setTimeout(refresh, 1500);
}

document.addEventListener("pegasus:plugin", (event) => {
  if (event.detail.pluginId === $("main").dataset.plugin) refresh();
});

// Who looks at a line edits it there.
document.addEventListener("click", (event) => {
  const edit = event.target.closest?.("[data-edit-source]");
  if (edit && location.hash) edit.hash = location.hash;
});

// A try shows what came of it under the form, which stays as it is.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("form.try");
  if (!form || event.submitter?.name) return;
  event.preventDefault();
  const run = event.submitter ?? $("button", form);
  if (run.disabled) return;
  run.disabled = true;
  const answer = await request(form.getAttribute("action"), new FormData(form)).catch(() => null); // a button is called "action"
  run.disabled = false;
  if (document.activeElement === document.body) run.focus(); // it lost the focus when it was disabled
  if (!answer) return toast("The server does not answer. What you wrote is still here.", true);
  if (answer.ok) written = false; // it was used
  $("#tried").replaceChildren(...parse(answer.text).body.childNodes);
});

if (turns) toEnd();
tellWorker({ kind: "read", channelId: $("main").dataset.plugin }); // what is shown of its answers is here
$$('.turn[data-state="answering"]').forEach((turn) => { enable(false); follow(turn); });
wait();
