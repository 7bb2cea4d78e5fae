// The live connection. It keeps the id of the last event, comes back by itself after it, and tells nobody twice.
const SHORTEST = 500;
const LONGEST = 30_000;
const SILENCE = 50_000; // the server writes at least every 20 s
const QUIET = 1000; // a shorter gap is not worth a word

export class Stream {
  // on is called with (name, data) for each event; status with true and false as the line comes and goes.
  constructor({ channel, cursor, on, status }) {
    Object.assign(this, { channel, last: cursor, on, status, tries: 0, closed: false });
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.control?.abort());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (e) => e.persisted && this.open());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  open() {
    this.closed = false;
    if (!this.running) this.run();
  }

  close() {
    this.closed = true;
    this.control?.abort();
    this.wake?.();
  }

  // again opens the line anew, so that what came after the last id is told again.
  again() {
    this.tries = 0;
    this.control?.abort();
  }

  // hurry ends a pause before the next try.
  hurry() {
    this.tries = 0;
    this.wake?.();
  }

  async run() {
    this.running = true;
    while (!this.closed) {
      try {
        await this.connect();
      } catch {
        // The line broke; the next round opens it again.
      }
      if (this.closed) break;
      this.warn ??= setTimeout(() => this.status(false), QUIET);
      await this.pause();
    }
    this.running = false;
  }

  pause() {
    const longest = Math.min(LONGEST, SHORTEST * 2 ** this.tries++);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.random() * longest);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }

  async connect() {
    this.control = new AbortController();
    const query = new URLSearchParams({ channel: this.channel || "", after: this.last || "" });
    const beat = this.watch();
    try {
      const response = await fetch(`/events?${query}`, {
        headers: { Accept: "text/event-stream" }, credentials: "same-origin", cache: "no-store", signal: this.control.signal,
      });
      if (response.status === 401) {
        this.closed = true;
        this.on("signed_out", "{}");
      }
      if (!response.ok) return;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser((event) => this.take(event));
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        beat();
        parser.feed(value);
      }
    } finally {
      clearTimeout(this.silence);
    }
  }

  // watch gives up a connection that has gone silent without an end.
  watch() {
    const beat = () => {
      clearTimeout(this.silence);
      this.silence = setTimeout(() => this.control.abort(), SILENCE);
    };
    beat();
    return beat;
  }

  take({ id, name, data }) {
    if (name === "connected") {
      clearTimeout(this.warn);
      this.warn = undefined;
      this.tries = 0;
      this.status(true);
    }
    if (id && name !== "connected" && name !== "reset" && this.had(id)) return;
    try {
      this.on(name, data);
    } catch (error) {
      reportError(error); // one event that a page cannot show must not come again and again
    }
    if (id) this.last = id;
  }

  // knows says whether an id is of the server, and the run of it, that the last one is of.
  knows(id) {
    return id.split("-")[0] === (this.last || "").split("-")[0];
  }

  // had compares the numbers of two ids of one run of the server.
  had(id) {
    const [run, number] = id.split("-");
    const [lastRun, lastNumber] = (this.last || "").split("-");
    return run === lastRun && Number(number) <= Number(lastNumber);
  }
}

// Parser reads the format of https://html.spec.whatwg.org/multipage/server-sent-events.html. Lines end with \n.
export class Parser {
  constructor(emit) {
    this.emit = emit;
    this.rest = "";
    this.event = { data: [] };
  }

  feed(text) {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop();
    for (const line of lines) this.line(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  line(line) {
    if (line === "") {
      const { id, name, data } = this.event;
      this.event = { data: [] };
      if (data.length) this.emit({ id, name: name || "message", data: data.join("\n") });
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") this.event.id = value;
    if (field === "event") this.event.name = value;
    if (field === "data") this.event.data.push(value);
  }
}
