// Tells the server that somebody sits in front of this page: who does not is told elsewhere.
import { keep } from "./dom.js";

const EVERY = 60_000;
const TURNED = 5000; // a page that only gives way to the next one is not turned away from
let turned;

const send = (query) => fetch(`/active${query}`, { method: "POST", keepalive: true }).catch(() => {});

function acted() {
  clearTimeout(turned);
  const now = Date.now();
  if (document.visibilityState !== "visible" || now - Number(keep.get("sessionStorage", "active")) < EVERY) return;
  keep.set("sessionStorage", "active", String(now));
  send("");
}

export function start() {
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "focus"]) addEventListener(name, acted, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(turned);
    if (document.visibilityState === "visible") return acted();
    turned = setTimeout(() => {
      keep.set("sessionStorage", "active", "");
      send("?away=1");
    }, TURNED);
  });
  if (document.hasFocus()) acted();
}
