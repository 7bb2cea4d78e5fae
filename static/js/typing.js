// Who is writing in the channel on screen.
import { $, me } from "./dom.js";

const LIFE = 7000; // a little longer than the server keeps a notice
const people = new Map(); // user id → {name, timer}

export function changed({ userId, name, typing }) {
  if (userId === me()) return;
  clearTimeout(people.get(userId)?.timer);
  if (typing) people.set(userId, { name, timer: setTimeout(() => changed({ userId, typing: false }), LIFE) });
  else people.delete(userId);
  show();
}

function show() {
  const line = $("#typing");
  if (!line) return;
  const names = [...people.values()].map((p) => p.name);
  if (names.length === 0) line.textContent = "";
  else if (names.length === 1) line.textContent = `${names[0]} is typing…`;
  else if (names.length === 2) line.textContent = `${names[0]} and ${names[1]} are typing…`;
  else line.textContent = "Several people are typing…";
}
