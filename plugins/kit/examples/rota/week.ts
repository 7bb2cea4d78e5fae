const DAY = 24 * 60 * 60 * 1000

/** The number of the week of a day such as "2026-03-09"; weeks begin on Monday. */
export function weekOf(date: string): number {
  const days = Date.parse(date + "T00:00:00Z") / DAY
  return Math.floor((days + 3) / 7) // 1970 began on a Thursday
}
