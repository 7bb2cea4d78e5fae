// Times and days in the reader's own zone and language.
export const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dated = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });

export const { timeZone: zone } = full.resolvedOptions();

export const dayOf = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;

export function dayLabel(date) {
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayOf(date) === dayOf(now)) return "Today";
  if (dayOf(date) === dayOf(yesterday)) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? weekday : dated).format(date);
}

export function localise(article) {
  const time = article.querySelector("time");
  if (!time) return;
  const date = new Date(time.dateTime);
  time.textContent = clock.format(date);
  time.title = full.format(date);
  const edited = article.querySelector("time[data-edited]");
  if (!edited) return;
  const when = new Date(edited.dateTime);
  edited.textContent = (dayOf(when) === dayOf(date) ? "" : `${short.format(when)}, `) + clock.format(when);
  edited.title = full.format(when);
}

// localiseIn does so with the times of cards and lists.
export function localiseIn(root = document) {
  root.querySelectorAll("time:is([data-moment], [data-full], [data-whole])").forEach(localiseFull);
  for (const time of root.querySelectorAll("time[data-date]")) {
    const date = new Date(time.dateTime);
    time.textContent = short.format(date);
    time.title = full.format(date);
  }
}

export function localiseFull(time) {
  const date = new Date(time.dateTime);
  const near = time.dataset.moment !== "day" || dayOf(date) === dayOf(new Date());
  time.textContent = near ? `${dayLabel(date)}, ${clock.format(date)}` : short.format(date);
  time.title = full.format(date);
}
