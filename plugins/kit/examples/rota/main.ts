import { definePlugin, type Context, type Person } from "pegasus"
import { weekOf } from "./week"

interface Rota {
  people: string[]
  /** The week in which the first of them was on call. */
  since: number
}

async function memberOf(ctx: Context, id: string | undefined): Promise<Person | null> {
  return id ? ctx.people.get(id) : null
}

/** Who is on call so many weeks from now: by turns, unless somebody covers this week. */
async function onCall(ctx: Context, weeks = 0): Promise<Person | null> {
  const week = weekOf(ctx.local.date) + weeks
  const cover = await ctx.storage.get<string>(`cover:${week}`)
  if (cover) {
    return memberOf(ctx, cover)
  }
  const rota = await ctx.storage.get<Rota>("rota")
  if (!rota) {
    return null
  }
  const turn = (((week - rota.since) % rota.people.length) + rota.people.length) % rota.people.length
  return memberOf(ctx, rota.people[turn])
}

const nobody = { text: "Nobody is on call. Begin with `/rota @ada @ben`.", visibility: "caller" } as const

export default definePlugin({
  commands: {
    async oncall(_call, ctx) {
      const now = await onCall(ctx)
      if (!now) {
        return nobody
      }
      const next = await onCall(ctx, 1)
      return `📟 **${now.name}** is on call.` + (next ? ` Next week: ${next.name}.` : "")
    },

    async rota(call, ctx) {
      const people: Person[] = []
      for (const word of call.args.slice(0, 20)) {
        const person = await ctx.people.get(word)
        if (!person) {
          return { text: `${word} is not in this channel.`, visibility: "caller" }
        }
        people.push(person)
      }
      if (people.length === 0) {
        return nobody
      }
      const rota: Rota = { people: people.map((person) => person.id), since: weekOf(ctx.local.date) }
      await ctx.storage.set("rota", rota)
      return `📟 On call from now on, a week each: ${people.map((person) => person.name).join(", ")}.`
    },

    async cover(call, ctx) {
      const person = await memberOf(ctx, call.args[0])
      if (!person) {
        return { text: "Say who: `/cover @ben`.", visibility: "caller" }
      }
      await ctx.storage.set(`cover:${weekOf(ctx.local.date)}`, person.id)
      return `📟 ${person.name} is on call until the next handover.`
    },
  },

  schedules: {
    async handover(_call, ctx) {
      await ctx.storage.delete(`cover:${weekOf(ctx.local.date) - 1}`)
      const now = await onCall(ctx)
      return now ? `📟 @${now.username}, you are on call this week.` : null
    },
  },

  async onWebhook(request, ctx) {
    const alert = request.json()
    const title = String(alert?.title ?? "Something is wrong").replace(/\s+/g, " ").slice(0, 200)
    const now = await onCall(ctx)
    if (now && ctx.settings.token) {
      try {
        const answer = await ctx.fetch("https://api.pagerduty.com/incidents", {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Token token=${ctx.settings.token}` },
          body: JSON.stringify({ incident: { type: "incident", title } }),
        })
        if (!answer.ok) {
          ctx.log("PagerDuty answered", answer.status)
        }
      } catch (error) {
        // The channel is told whether or not the telephone rings.
        ctx.log("PagerDuty did not answer:", error)
      }
    }
    return `🚨 **${title}**` + (now ? `\n\n@${now.username}, please have a look.` : "\n\nNobody is on call.")
  },
})
