// The tabs of one browser. Over HTTP/1.1 it has six connections to a server, and each live tab keeps one: the seventh would wait
// for ever, even for its page. So tabs at which nobody looks give theirs back, those of the longest ago first, and resume where
// they were as soon as they are looked at.
import { keep, me } from "./dom.js";

const MOST = 4; // live tabs at which nobody looks; the rest is for requests
const LONGEST = 500; // ms until a tab takes a place that is free, so that not all take it at once
const ASK = 10_000; // ms between two looks of a tab that is not live for a place: one that was closed cannot tell

// Without TLS browsers speak HTTP/1.1 alone. With it the page knows what was spoken, unless its own worker brought it.
const scarce = () => "BroadcastChannel" in self &&
  (location.protocol === "http:" || performance.getEntriesByType("navigation")[0]?.nextHopProtocol?.startsWith("http/1"));

// share opens a stream, and closes and opens it as the other tabs need.
export function share(stream) {
  if (!scarce()) return stream.open();
  const id = keep.get("sessionStorage", "tab") ?? String(Math.random()); // the same for the next page of this tab
  keep.set("sessionStorage", "tab", id);
  const air = new BroadcastChannel(`live ${me()}`);
  const others = new Map(); // the other live tabs, with when each was looked at last
  let live = false;
  let seen;

  const tell = () => air.postMessage({ id, seen: live ? seen : 0 });
  const turn = (on) => {
    if (on !== live) on ? stream.open() : stream.close();
    live = on;
    tell();
  };
  const settle = () => {
    const later = [...others.values()].filter((at) => at > seen).length;
    const wanted = document.visibilityState === "visible" || later < MOST;
    if (wanted !== live) turn(wanted);
  };
  const look = () => {
    seen = Date.now();
    turn(true);
  };

  air.onmessage = ({ data }) => {
    if (data.asks) return live && tell();
    data.seen ? others.set(data.id, data.seen) : others.delete(data.id);
    if (live) settle();
  };
  setInterval(() => {
    if (live) return;
    others.clear();
    air.postMessage({ asks: true });
    setTimeout(settle, LONGEST * (1 + Math.random()));
  }, ASK);
  addEventListener("pagehide", () => turn(false));
  addEventListener("pageshow", (event) => event.persisted && look());
  document.addEventListener("visibilitychange", look);
  air.postMessage({ asks: true });
  look();
}
