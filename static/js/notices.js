// What is shown outside of the page: notifications of the desktop, their tone, the badge of the app. Nothing asks for leave
// unless somebody presses the button for it.
import { $, $$, keep, toast } from "./dom.js";
import * as log from "./log.js";
import { pushes, tell } from "./worker.js";

const allowed = () => "Notification" in window && Notification.permission === "granted" && keep.get("localStorage", "notices") !== "off";
const watching = (channelId) => log.channel() === channelId && document.visibilityState === "visible" && document.hasFocus();

// once lets one tab of several show a message. It keeps the lock of that message for as long as the others may hear of it:
// what tabs store reaches the others too late to tell.
const LATE = 10_000;

function once(id, run) {
  if (!navigator.locks) return run();
  return navigator.locks.request(`notice ${id}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    run();
    await new Promise((resolve) => setTimeout(resolve, LATE));
  });
}

export function arrived(notice) {
  if (!allowed() || watching(notice.channelId)) return;
  // Where the browser is told by push as well, its worker shows both, so that one message calls once.
  if (pushes()) return tell({ kind: "notice", ...notice });
  once(notice.messageId, () => {
    const shown = new Notification(notice.title, { body: notice.body, tag: notice.messageId, silent: !notice.sound });
    if (notice.sound) tone();
    shown.onclick = () => {
      shown.close();
      window.focus();
      location.assign(notice.url);
    };
  });
}

// tone is short and soft. A browser that wants a click first stays silent.
function tone() {
  try {
    const audio = new AudioContext();
    const voice = audio.createOscillator();
    const volume = audio.createGain();
    voice.frequency.value = 660;
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.35);
    voice.connect(volume).connect(audio.destination);
    voice.start();
    voice.stop(audio.currentTime + 0.4);
    voice.onended = () => audio.close();
  } catch {
    // no sound here
  }
}

// badge puts the number of unread messages on the app's icon, where there is one.
export function badge(sum) {
  if (sum) navigator.setAppBadge?.(sum).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}

export function start() {
  const zone = $("[data-zone]");
  if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const box = $("#desktop");
  if (!box || !("Notification" in window)) return;
  box.hidden = false;
  paint(box);
  box.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-notices]");
    if (!button) return;
    keep.set("localStorage", "notices", button.dataset.notices === "off" ? "off" : "");
    if (button.dataset.notices === "on" && (await Notification.requestPermission()) !== "granted") toast("Your browser does not allow it.", true);
    paint(box);
  });
}

function paint(box) {
  const state = allowed() ? "on" : Notification.permission === "denied" ? "denied" : "off";
  for (const part of $$("[data-when]", box)) part.hidden = part.dataset.when !== state;
}
