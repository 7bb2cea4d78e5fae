// Times and days in the reader's own zone and language.
export const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
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
}

export function localiseFull(time) {
  const date = new Date(time.dateTime);
  time.textContent = `${dayLabel(date)}, ${clock.format(date)}`;
  time.title = full.format(date);
}
