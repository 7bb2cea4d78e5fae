// The settings of notifications while no page is open. Loaded only where they are shown.
import { $$, keep, me, toast } from "./dom.js";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

export async function start(box, able) {
  box.hidden = false;
  const paint = (state) => $$("[data-push]", box).forEach((part) => (part.hidden = part.dataset.push !== state));
  if (!able || !("PushManager" in window)) return paint("no");
  const registration = await navigator.serviceWorker.ready;
  const key = bytes(box.dataset.key);
  let current = await registration.pushManager.getSubscription();
  if (current && !same(new Uint8Array(current.options.applicationServerKey ?? []), key)) {
    await current.unsubscribe(); // it belongs to a server with other keys
    current = null;
  }
  if (current && !box.hasAttribute("data-has")) current = (await tellServer(current)) && current;
  remember(current);
  paint(state(current));

  box.addEventListener("click", async (event) => {
    const wanted = event.target.closest("button[data-push]")?.dataset.push;
    if (!wanted) return;
    if (wanted === "off") {
      await current?.unsubscribe();
      remember(null);
      return document.querySelector("[data-push-remove]").requestSubmit();
    }
    if ((await Notification.requestPermission()) !== "granted") return paint(state(null));
    try {
      current = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      if (!(await tellServer(current))) throw new Error();
      remember(current);
      location.reload();
    } catch {
      toast("Your browser could not set it up. Please try again.", true);
    }
  });
}

const state = (current) => (Notification.permission === "denied" ? "denied" : current ? "off" : "on");
const same = (a, b) => a.length === b.length && a.every((n, i) => n === b[i]);
const remember = (current) => keep.set("localStorage", "push", current ? me() : "");

async function tellServer(subscription) {
  const answer = await fetch("/api/notifications/push", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(subscription),
  });
  return answer.ok;
}
