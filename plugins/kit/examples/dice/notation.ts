export const MAX_DICE = 50
export const MAX_SIDES = 1000

export interface Roll {
  count: number
  sides: number
  bonus: number
}

/** Reads "2d6+1", "d20", "3" or nothing; null where it is none of these. */
export function parse(text: string, usualSides: number): Roll | null {
  const found = /^(\d{0,3})(?:d(\d{1,4}))?\s*(?:([+-])\s*(\d{1,4}))?$/i.exec(text.trim())
  if (!found) {
    return null
  }
  const count = found[1] ? Number(found[1]) : 1
  const sides = found[2] ? Number(found[2]) : usualSides
  const bonus = found[4] ? Number(found[3] + found[4]) : 0
  if (count < 1 || count > MAX_DICE || sides < 2 || sides > MAX_SIDES) {
    return null
  }
  return { count, sides, bonus }
}
