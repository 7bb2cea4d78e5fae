// What pages have to do with the service worker, and the page that it shows when there is no line.
import { $, keep, me } from "./dom.js";

const RETRY = 8000;
const able = () => "serviceWorker" in navigator && isSecureContext;

// tell says something to the worker, where there is one.
export async function tell(message) {
  (await navigator.serviceWorker?.getRegistration())?.active?.postMessage(message);
}

// pushes reports whether this browser is told also while no page is open.
export const pushes = () => able() && keep.get("localStorage", "push") === me();

export function start() {
  const offline = $("[data-offline]");
  if (offline) return waitForLine(offline);
  if (!me() || !able()) return;
  navigator.serviceWorker.register("/sw.js").then(
    // A new version takes over where a page begins, and never under one that somebody has open.
    (registration) => registration.waiting?.postMessage({ kind: "take-over" }),
    () => {},
  );
  // Shown only where scripts run, the settings bring their own.
  const settings = $("#push-here");
  if (settings) import(settings.dataset.script).then((module) => module.start(settings, able()));
  document.addEventListener("submit", (event) => event.target.matches("[data-sign-out]") && tell({ kind: "forget" }));
}

// waitForLine loads the page that was asked for as soon as the server answers again.
function waitForLine(box) {
  const asked = location.pathname !== "/offline";
  const retry = async () => {
    try {
      const answer = await fetch("/offline", { method: "HEAD", cache: "no-store" });
      if (answer.ok) location.replace(asked ? location.href : "/chat");
    } catch {
      // still no line
    }
  };
  const unsent = keep.names("localStorage", "unsent:").length;
  if (unsent) $("[data-unsent]", box).hidden = false;
  if (!asked) return;
  addEventListener("online", retry);
  setInterval(retry, RETRY);
}
