import { definePlugin } from "pegasus"
import { parse, MAX_DICE, MAX_SIDES } from "./notation"

export default definePlugin({
  commands: {
    roll(call, ctx) {
      const wanted = parse(call.text, ctx.settings.sides)
      if (!wanted) {
        // Only whoever mistyped needs to see this.
        return {
          text: `I do not understand that. Try \`/roll 2d6+1\`: up to ${MAX_DICE} dice with 2 to ${MAX_SIDES} sides.`,
          visibility: "caller",
        }
      }
      const rolls: number[] = []
      for (let i = 0; i < wanted.count; i++) {
        rolls.push(1 + ctx.random(wanted.sides))
      }
      const total = rolls.reduce((sum, roll) => sum + roll, wanted.bonus)
      const bonus = wanted.bonus === 0 ? "" : wanted.bonus > 0 ? ` + ${wanted.bonus}` : ` - ${-wanted.bonus}`
      const shown = rolls.length === 1 && !bonus ? "" : ` (${rolls.join(" + ")}${bonus})`
      return `🎲 ${call.person.name} rolls **${total}**${shown}`
    },
  },
})
