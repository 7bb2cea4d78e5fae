// Where messages stand: in the order of their numbers, together with their neighbours, under the line of their day.
import htmx from "htmx.org/dist/htmx.esm.js";
import { $, $$, element, me } from "./dom.js";
import { dayLabel, dayOf, localise } from "./times.js";

const TOGETHER = 5 * 60_000;

export const items = () => $("#items");
const isItem = (node) => node.classList.contains("item");
const article = (item) => item.firstElementChild;
// guise is the picture of its own that a bot's message came with.
const guise = (item) => {
  const face = $(".emoji-av, .av.over > img:last-child", article(item));
  return face ? face.src || face.textContent : "";
};
export const seqOf = (item) => Number(article(item)?.dataset.seq ?? Infinity);
const thread = (item) => (article(item)?.matches(".note-reply") ? article(item).dataset.root : undefined);
const timeOf = (item) => new Date(article(item).dataset.time);

function neighbour(item, direction) {
  let node = item[direction];
  while (node && !isItem(node)) node = node[direction];
  return node;
}
const above = (item) => neighbour(item, "previousElementSibling");
const below = (item) => neighbour(item, "nextElementSibling");

// wrap puts a viewer-neutral fragment into an entry and marks what it is to this viewer.
export function wrap(fragment) {
  const item = element("div", "item");
  item.append(fragment);
  mark(item);
  return item;
}

export function mark(item) {
  const message = article(item);
  const own = message.dataset.user === me();
  const names = [document.body.dataset.username, ...document.body.dataset.groups.split(" ")];
  const mentions = $$(".mention", message).filter((m) => names.includes(m.dataset.mention));
  mentions.forEach((m) => m.classList.add("me"));
  item.classList.toggle("mine", own);
  item.classList.toggle("at", mentions.length > 0 && !own);
  localise(message);
  htmx.process(message);
}

// insert places an entry by its number. Most messages are the newest, so the search begins at the end.
export function insert(item, list = items()) {
  const seq = seqOf(item);
  let node = list.lastElementChild;
  while (node && (!isItem(node) || seqOf(node) > seq)) node = node.previousElementSibling;
  const next = node ? node.nextElementSibling : list.firstElementChild;
  list.insertBefore(item, next);
  arrange(item);
}

// arrange sets what depends on neighbours for an entry and the one below it.
export function arrange(item) {
  settle(item);
  const next = below(item);
  if (next) settle(next);
}

export function arrangeAll(list = items()) {
  $$(".item", list).forEach(settle);
}

function settle(item) {
  if (item.classList.contains("pending")) return;
  const previous = above(item);
  const lines = [];
  for (let node = item.previousElementSibling; node && node !== previous; node = node.previousElementSibling) lines.push(node);
  const day = lines.find((line) => !line.classList.contains("new"));
  const fresh = lines.find((line) => line.classList.contains("new"));
  const newDay = previous ? dayOf(timeOf(previous)) !== dayOf(timeOf(item)) : item.parentElement === items() || Boolean(day);
  lines.filter((line) => line !== fresh && (line !== day || !newDay)).forEach((line) => line.remove());
  if (newDay) {
    const line = day || element("div", "day");
    line.replaceChildren(element("span", "", dayLabel(timeOf(item))));
    (fresh || item).before(line);
  }
  const together = previous && !newDay && !fresh && article(previous).dataset.user === article(item).dataset.user &&
    article(previous).dataset.author === article(item).dataset.author &&
    guise(previous) === guise(item) &&
    timeOf(item) - timeOf(previous) < TOGETHER && ![item, previous].some((one) => article(one).matches(".note-reply, .also"));
  item.classList.toggle("more", Boolean(together));
  previous?.classList.toggle("folded", !newDay && !fresh && thread(previous) !== undefined && thread(previous) === thread(item));
}

// remove takes a message out and lets its neighbours close up.
export function remove(item) {
  const next = below(item);
  const before = item.previousElementSibling;
  above(item)?.classList.remove("folded");
  item.remove();
  if (next) settle(next);
  else if (before && !isItem(before)) before.remove(); // the line of a day without messages
}

// newLine puts the line of the first unread above an entry.
export function newLine(item) {
  clearNewLine();
  const line = element("div", "day new");
  line.id = "new";
  line.append(element("span", "", "New"));
  items().insertBefore(line, item);
  settle(item);
  return line;
}

export function clearNewLine() {
  const line = $("#new");
  if (!line) return;
  const item = below(line);
  line.remove();
  if (item) settle(item);
}
