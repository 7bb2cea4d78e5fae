import { definePlugin, type Context } from "pegasus"

interface Entry {
  name: string
  text: string
}

const keyOf = (date: string, person: string) => `day:${date}:${person}`

async function summary(ctx: Context): Promise<string> {
  const entries = await ctx.storage.list<Entry>(`day:${ctx.local.date}:`)
  if (entries.length === 0) {
    return "Nobody has said anything today."
  }
  return entries.map(({ value }) => `- **${value.name}**: ${value.text}`).join("\n")
}

/** Names who has said nothing, where that is wanted. */
async function missing(ctx: Context): Promise<string> {
  if (!ctx.settings.missing) {
    return ""
  }
  const said = new Set((await ctx.storage.list(`day:${ctx.local.date}:`)).map((entry) => entry.key))
  const silent = (await ctx.people.list()).filter((person) => !said.has(keyOf(ctx.local.date, person.id)))
  return silent.length === 0 ? "" : `\n\nNot heard yet: ${silent.map((person) => person.name).join(", ")}.`
}

export default definePlugin({
  commands: {
    async standup(call, ctx) {
      if (!call.text) {
        return { text: await summary(ctx), visibility: "caller" }
      }
      const entry: Entry = { name: call.person.name, text: call.text.replace(/\s+/g, " ").slice(0, 200) }
      await ctx.storage.set(keyOf(ctx.local.date, call.person.id), entry)
      return { text: "Noted. Say it again to change it.", visibility: "caller" }
    },
  },

  schedules: {
    async ask(_call, ctx) {
      // Days that are over are not needed any more.
      for (const old of await ctx.storage.list("day:")) {
        if (!old.key.startsWith(`day:${ctx.local.date}:`)) {
          await ctx.storage.delete(old.key)
        }
      }
      return `☀️ ${ctx.settings.question}\n\nAnswer with \`/standup …\`.`
    },

    async "sum-up"(_call, ctx) {
      const text = `📋 **Stand-up of ${ctx.local.date}**\n\n${await summary(ctx)}${await missing(ctx)}`
      return text.length <= 2000 ? text : text.slice(0, 1999) + "…"
    },
  },
})
