import { definePlugin, type Context } from "pegasus"

interface Poll {
  id: number
  question: string
  answers: string[]
  author: string
}

/** The running poll of this channel, or null. */
const current = (ctx: Context) => ctx.storage.get<Poll>("poll")

/**
 * Every vote has a key of its own, so that two people who vote at the same moment do not overwrite each other: there is
 * nothing to read first and write back.
 */
const voteKey = (poll: Poll, person: string) => `vote:${poll.id}:${person}`

async function counted(poll: Poll, ctx: Context): Promise<number[]> {
  const counts = poll.answers.map(() => 0)
  for (const vote of await ctx.storage.list<number>(`vote:${poll.id}:`)) {
    counts[vote.value]++
  }
  return counts
}

function shown(poll: Poll, counts: number[] | null): string {
  const most = Math.max(1, ...(counts ?? []))
  const lines = poll.answers.map((answer, i) => {
    if (!counts) {
      return `${i + 1}. ${answer}`
    }
    const bar = "▇".repeat(Math.round((10 * counts[i]) / most))
    return `${i + 1}. ${answer} ${bar} ${counts[i]}`
  })
  return `📊 **${poll.question}**\n\n${lines.join("\n")}`
}

export default definePlugin({
  commands: {
    async poll(call, ctx) {
      const running = await current(ctx)
      if (call.args.length === 0) {
        if (!running) {
          return { text: 'There is no poll. Ask one: `/poll "Lunch?" "Pizza" "Soup"`', visibility: "caller" }
        }
        return shown(running, ctx.settings.secret ? null : await counted(running, ctx))
      }
      if (running) {
        return { text: "A poll is running already. Whoever began it ends it with `/close-poll`.", visibility: "caller" }
      }
      const [question, ...answers] = call.args
      if (answers.length < 2 || answers.length > 9) {
        return { text: "A poll has 2 to 9 answers, each in double quotes.", visibility: "caller" }
      }
      const id = await ctx.storage.increment("polls")
      const poll: Poll = { id, question, answers, author: call.person.id }
      await ctx.storage.set("poll", poll)
      return shown(poll, null) + "\n\nVote with `/vote 1`."
    },

    async vote(call, ctx) {
      const poll = await current(ctx)
      const choice = Number(call.text) - 1
      if (!poll || !poll.answers[choice]) {
        return { text: poll ? `Vote with a number from 1 to ${poll.answers.length}.` : "There is no poll.", visibility: "caller" }
      }
      await ctx.storage.set(voteKey(poll, call.person.id), choice)
      return { text: `Your vote is for “${poll.answers[choice]}”.`, visibility: "caller" }
    },

    async "close-poll"(call, ctx) {
      const poll = await current(ctx)
      if (!poll || poll.author !== call.person.id) {
        return { text: "There is no poll that you began.", visibility: "caller" }
      }
      const counts = await counted(poll, ctx)
      await ctx.storage.delete("poll")
      for (const vote of await ctx.storage.list(`vote:${poll.id}:`)) {
        await ctx.storage.delete(vote.key)
      }
      return shown(poll, counts) + "\n\nThe poll is closed."
    },
  },
})
