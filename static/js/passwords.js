// Passwords: a button that shows one, and a meter that advises on a new one. The server decides.
import { $, $$ } from "./dom.js";

const WORDS = ["", "Easy to guess", "Could be better", "Good", "Strong"];
const RUNS = "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm";

// strength is 0 for too short and 4 for strong. about holds words that others can guess of this person.
export function strength(password, about = []) {
  const n = [...password].length;
  if (n < 8) return 0;
  const folded = password.toLowerCase();
  let worth = n;
  for (const word of about) if (folded.includes(word)) worth -= word.length;
  // What goes on as it began adds little.
  for (let i = 2; i < folded.length; i++) {
    const three = folded.slice(i - 2, i + 1);
    const back = [...three].reverse().join("");
    if (folded[i] === folded[i - 1] && folded[i] === folded[i - 2]) worth -= 0.8;
    else if (RUNS.includes(three) || RUNS.includes(back)) worth -= 0.7;
  }
  if (new Set(folded).size < 5) worth -= 4;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) => kind.test(password)).length;
  worth += 1.5 * (kinds - 1);
  return worth < 10 ? 1 : worth < 13 ? 2 : worth < 18 ? 3 : 4;
}

const words = (text) => text.toLowerCase().split(/[\s@.]+/).filter((word) => word.length > 3);

function measure(field) {
  const password = $(`#${field.dataset.strength}`).value;
  const about = field.dataset.about.split(" ").filter(Boolean).flatMap((id) => words($(`#${id}`)?.value ?? ""));
  const level = strength(password, [...about, "pegasus", "password"]);
  $(".strength", field).hidden = password === "";
  $("meter", field).value = level;
  const left = 8 - [...password].length;
  const text = level === 0 ? `${left} more` : WORDS[level];
  const says = $("[aria-live]", field);
  if (says.textContent !== text) says.textContent = text;
}

function reveal(button) {
  const input = $(`#${button.dataset.reveal}`);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  const use = $("use", button);
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, shown ? "#eye-off" : "#eye"));
  input.focus();
}

export function start() {
  document.addEventListener("input", () => $$("[data-strength]").forEach(measure));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal]");
    if (button) reveal(button);
  });
  // A password that is shown goes out as one, so that browsers offer to keep it and not to complete it elsewhere.
  document.addEventListener("submit", (event) => $$("[data-reveal][aria-pressed=true]", event.target).forEach(reveal));
}
