// The editor of a file. What is written into stays the plain box; behind it a layer shows the same text in colours, and beside it
// stand the numbers of the lines. Both hold no more than what is seen, so that a long file stays quick.
import { $, $$, element } from "./dom.js";
import { read } from "./syntax.js";

const spare = 20; // lines that are drawn above and below those that are seen
const longest = 2000; // characters of a line that is coloured

const box = $("[data-editor]");
const frame = box.parentElement;
const gutter = $(".gutter > div", frame);
const layer = $(".paint > code", frame);
const coloured = /\.(ts|tsx|js|jsx|mjs|json)$/.test(frame.dataset.file ?? "") ? () => true : () => /\.(ts|js|json)$/.test($("#path")?.value);

frame.classList.add("live");
const style = getComputedStyle(box);
const high = parseFloat(style.lineHeight);
const above = parseFloat(style.paddingTop);

let lines = [];
let states = [""]; // what each line begins inside of, as far as it is known
let marks = new Map($$("[data-line]").map((link) => [Number(link.dataset.line), link.closest("li").textContent.trim()]));
let from = 0;
let to = 0;

function stateAt(line) {
  while (states.length <= line) states.push(read(lines[states.length - 1], states.at(-1), () => {}));
  return states[line];
}

// reread takes what was written: of the lines before a change all is known, and marks behind it move with their lines.
function reread() {
  const now = box.value.split("\n");
  const shorter = Math.min(now.length, lines.length);
  let same = 0;
  let tail = 0;
  while (same < shorter && now[same] === lines[same]) same++;
  while (tail < shorter - same && now.at(-1 - tail) === lines.at(-1 - tail)) tail++;
  states.length = Math.min(states.length, same + 1);
  const behind = lines.length - tail;
  const moved = now.length - lines.length;
  if (lines.length && moved) marks = new Map([...marks].map(([line, text]) => [line > behind ? line + moved : line, text]));
  lines = now;
  show(true);
}

function paintLine(number) {
  const line = lines[number];
  if (line.length > longest || !coloured()) return [line, "\n"];
  const parts = [];
  read(line, stateAt(number), (kind, text) => parts.push(kind ? element("span", kind, text) : text));
  parts.push("\n");
  return parts;
}

function show(anew) {
  const first = Math.floor((box.scrollTop - above) / high);
  const last = first + Math.ceil(box.clientHeight / high) + 1;
  if (anew || (first < from && from > 0) || (last > to && to < lines.length)) {
    from = Math.max(0, first - spare);
    to = Math.min(lines.length, last + spare);
    const text = [];
    const numbers = [];
    for (let n = from; n < to; n++) {
      text.push(...paintLine(n));
      const number = element("span", marks.has(n + 1) ? "bad" : "", String(n + 1));
      if (marks.has(n + 1)) number.title = marks.get(n + 1);
      numbers.push(number);
    }
    layer.replaceChildren(...text);
    gutter.replaceChildren(...numbers);
    gutter.parentElement.style.minWidth = `calc(${Math.max(2, String(lines.length).length)}ch + 26px)`;
  }
  const down = above + from * high - box.scrollTop;
  layer.style.transform = `translate(${-box.scrollLeft}px, ${down}px)`;
  gutter.style.transform = `translateY(${down}px)`;
}

// write puts a text in the place of what is selected, so that it can be undone.
function write(text) {
  if (document.execCommand("insertText", false, text)) return;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  reread();
}

const lineStart = (at) => box.value.lastIndexOf("\n", at - 1) + 1;

// indent moves the lines that are selected to the right.
function indent() {
  const { selectionStart: start, selectionEnd: end } = box;
  if (!box.value.slice(start, end).includes("\n")) return write("  ");
  const begin = lineStart(start);
  box.setSelectionRange(begin, end);
  write(box.value.slice(begin, end).replace(/^(?=.)/gm, "  "));
  box.setSelectionRange(begin, box.selectionEnd);
}

// A tab key indents; Esc gives it back to the page. A new line begins where the one before did.
let indents = true;
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") indents = false;
  else if (event.key !== "Tab" && event.key !== "Shift") indents = true;
  else if (event.key === "Tab" && indents && !event.shiftKey) {
    event.preventDefault();
    indent();
  }
  if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const before = box.value.slice(lineStart(box.selectionStart), box.selectionStart);
    event.preventDefault();
    write("\n" + /^[ \t]*/.exec(before)[0] + (/[{([]\s*$/.test(before) ? "  " : ""));
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    $("[value=save]", box.form).click();
  }
});

function toLine(line) {
  const at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  box.focus();
  box.setSelectionRange(at, at);
  box.scrollTop = (line - 4) * high;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  toLine(Number(link.dataset.line));
});

// Nothing that was written is lost without a word.
const before = $("main").dataset.address ? "" : box.value; // what was refused is not saved
let saved = false;
box.form.addEventListener("submit", () => { saved = true; });
addEventListener("beforeunload", (event) => { if (!saved && box.value !== before) event.preventDefault(); });

box.addEventListener("input", reread);
box.addEventListener("scroll", () => show(false));
new ResizeObserver(() => show(true)).observe(box);
$("#path")?.addEventListener("input", () => show(true));
reread();
const wanted = Number(/^#L(\d+)$/.exec(location.hash)?.[1]);
if (wanted) toLine(wanted);
