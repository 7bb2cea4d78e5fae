import { definePlugin } from "pegasus"

const MOST = 5 // people thanked by one message

export default definePlugin({
  async onMessage(message, ctx) {
    const named = new Set<string>()
    for (const found of message.text.matchAll(/@([A-Za-z0-9._-]+)\+\+/g)) {
      named.add(found[1].toLowerCase())
    }
    const lines: string[] = []
    for (const username of [...named].slice(0, MOST)) {
      const person = await ctx.people.get(username)
      if (!person) {
        continue
      }
      if (person.id === message.person.id) {
        lines.push(`${person.name}, thanks are for others.`)
        continue
      }
      // Many may thank the same person at once: increment loses none of them.
      const karma = await ctx.storage.increment(`karma:${person.id}`)
      lines.push(`${person.name} now has ${karma}.`)
    }
    if (lines.length > 0) {
      return { text: "💛 " + lines.join(" "), thread: true }
    }
  },

  commands: {
    async karma(call, ctx) {
      if (call.args.length > 0) {
        const person = await ctx.people.get(call.args[0])
        if (!person) {
          return { text: "That is nobody in this channel.", visibility: "caller" }
        }
        return `${person.name} has ${(await ctx.storage.get<number>(`karma:${person.id}`)) ?? 0}.`
      }
      const people = new Map((await ctx.people.list()).map((person) => [`karma:${person.id}`, person.name]))
      const best = (await ctx.storage.list<number>("karma:"))
        .filter((entry) => people.has(entry.key))
        .sort((a, b) => b.value - a.value)
        .slice(0, 10)
      if (best.length === 0) {
        return { text: "Nobody was thanked yet. Write @name++ to begin.", visibility: "caller" }
      }
      return "💛 **Karma**\n\n" + best.map((entry, i) => `${i + 1}. ${people.get(entry.key)}: ${entry.value}`).join("\n")
    },
  },
})
