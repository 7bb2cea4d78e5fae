// The service worker. It keeps what pages are made of and one page for when there is no line, nothing of anybody's own, and
// shows notifications while no page is open. The server puts the names of the files before it.
const { version, files } = self.pegasus;
const CACHE = `pegasus-${version}`;
const OFFLINE = "/offline";

addEventListener("install", (event) => event.waitUntil(fill()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (new URL(request.url).pathname.startsWith("/static/")) event.respondWith(part(request));
});
addEventListener("push", (event) => event.waitUntil(pushed(event.data?.json())));
addEventListener("notificationclick", (event) => event.waitUntil(follow(event)));
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
addEventListener("message", (event) => {
  const { kind, ...rest } = event.data;
  if (kind === "take-over") skipWaiting();
  if (kind === "notice") event.waitUntil(show(rest, { silent: !rest.sound }));
  if (kind === "read") event.waitUntil(close(rest.channelId));
  if (kind === "forget") event.waitUntil(forget());
});

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...files, new Request(OFFLINE, { credentials: "omit", cache: "reload" })]);
}

async function takeOver() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await registration.navigationPreload?.enable();
}

async function page(event) {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function part(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}

const tagOf = (channelId) => `channel-${channelId}`;
const shown = new Map(); // the newest message of each conversation

// show takes the place of what is shown of the conversation. The same message, told by a page and pushed as well, calls once.
async function show(news, options) {
  const tag = tagOf(news.channelId);
  const before = shown.get(tag) ?? (await registration.getNotifications({ tag }))[0]?.data.messageId;
  shown.set(tag, news.messageId);
  await registration.showNotification(news.title, {
    body: news.body, tag, renotify: before !== news.messageId, icon: self.pegasus.icon,
    data: { url: news.url, why: news.why, messageId: news.messageId }, actions: news.why ? [{ action: "why", title: "Why am I told?" }] : [], ...options,
  });
}

// pushed leaves it to the page in front of which somebody sits to tell them.
async function pushed(news) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (news && !pages.some((open) => open.focused)) await show(news);
}

async function follow(event) {
  const { url, why } = event.notification.data;
  event.notification.close();
  const target = event.action === "why" ? why : url;
  const [open] = await clients.matchAll({ type: "window" });
  try {
    await open.focus();
    await open.navigate(target);
  } catch {
    await clients.openWindow(target);
  }
}

async function close(channelId) {
  for (const one of await registration.getNotifications({ tag: tagOf(channelId) })) one.close();
}

async function forget() {
  for (const one of await registration.getNotifications()) one.close();
  await (await registration.pushManager?.getSubscription())?.unsubscribe();
}

async function renew(event) {
  const next = event.newSubscription ?? (await registration.pushManager.subscribe(event.oldSubscription.options));
  await fetch("/api/notifications/push", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(next) });
}
