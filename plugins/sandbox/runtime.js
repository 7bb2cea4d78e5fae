/* What plugins of version 1 run in. It becomes one line, so that in a stack whatever is on line 1 is ours and the rest the
   plugin's: every statement ends with a semicolon, and comments look like this one.

   The plugin shares this realm, and may change whatever it reaches. That hurts nobody else: an engine serves one call, and
   whatever is sent is judged on the other side of the pipe. What is captured here is captured to fail less oddly. */
(() => {
  "use strict";
  const send = globalThis.__send;
  const { parse, stringify } = JSON;
  const { floor } = Math;

  /* Threads have no place here, and code that is not in the bundle is code that nobody has seen. */
  for (const name of ["__send", "Atomics", "SharedArrayBuffer", "eval"]) {
    delete globalThis[name];
  }
  for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    const prototype = Object.getPrototypeOf(sample);
    const refuse = function () { throw new EvalError("A plugin cannot make code of text."); };
    Object.defineProperty(refuse, "prototype", { value: prototype });
    Object.defineProperty(prototype, "constructor", { value: refuse, writable: false, configurable: false });
    if (prototype === Function.prototype) {
      Object.defineProperty(refuse, "name", { value: "Function" });
      globalThis.Function = refuse;
      Object.defineProperty(globalThis, "Function", { enumerable: false });
    }
  }

  let plugin = null;
  let given = null;
  let seed = null;
  let last = 0;
  const pending = { __proto__: null };
  const replies = [];

  /* A small generator of 128 bits (sfc32 by Chris Doty-Humphrey), begun by the server with what nobody can guess. */
  const uint32 = () => {
    const t = (seed[0] + seed[1] + seed[3]) | 0;
    seed[3] = (seed[3] + 1) | 0;
    seed[0] = seed[1] ^ (seed[1] >>> 9);
    seed[1] = (seed[2] + (seed[2] << 3)) | 0;
    seed[2] = ((seed[2] << 21) | (seed[2] >>> 11)) + t | 0;
    return t >>> 0;
  };
  const fraction = () => (uint32() * 2097152 + (uint32() >>> 11)) / 9007199254740992;
  Math.random = fraction;

  const RealDate = Date;
  const stillDate = function Date(...parts) {
    if (!new.target) {
      return new RealDate(given.now).toString();
    }
    return Reflect.construct(RealDate, parts.length > 0 ? parts : [given.now], new.target);
  };
  Object.defineProperty(stillDate, "length", { value: 7 });
  Object.defineProperty(stillDate, "prototype", { value: RealDate.prototype, writable: false });
  for (const name of ["parse", "UTC"]) {
    Object.defineProperty(stillDate, name, { value: RealDate[name], writable: true, configurable: true });
  }
  Object.defineProperty(stillDate, "now", { value: () => given.now, writable: true, configurable: true });
  Object.defineProperty(RealDate.prototype, "constructor", { value: stillDate, writable: true, configurable: true });
  Object.defineProperty(globalThis, "Date", { value: stillDate, writable: true, configurable: true });

  const call = (name, args) => new Promise((resolve, reject) => {
    const text = stringify(args);
    const id = ++last;
    pending[id] = { resolve, reject };
    send("call", id, name, text);
  });

  const string = (value, what) => {
    if (typeof value !== "string") {
      throw new TypeError(what + " is a text.");
    }
    return value;
  };

  const shown = (value) => {
    if (typeof value === "string") {
      return value;
    }
    if (value instanceof Error) {
      return String(value.stack ? value + "\n" + value.stack : value);
    }
    try {
      return stringify(value) ?? String(value);
    } catch {
      return String(value);
    }
  };

  const log = (...values) => {
    let line = "";
    for (let i = 0; i < values.length; i++) {
      line += (i > 0 ? " " : "") + shown(values[i]);
    }
    send("log", 0, "", line);
  };

  const reply = (answer, forced) => {
    if (answer === undefined || answer === null || answer === "") {
      return;
    }
    let text = answer;
    let visibility = forced;
    let thread = false;
    if (typeof answer === "object") {
      text = answer.text;
      visibility = forced ?? answer.visibility ?? "channel";
      thread = answer.thread ?? false;
    }
    if (typeof text !== "string") {
      throw new TypeError("An answer is a text or { text, visibility, thread }, and not " + (typeof answer === "object" ? "an object without text" : "a " + typeof answer) + ".");
    }
    if (text !== "") {
      replies[replies.length] = { text, visibility: visibility ?? "channel", thread };
    }
  };

  const storage = {
    get: (key) => call("storage.get", { key: string(key, "A key") }),
    set: (key, value) => {
      if (stringify(value) === undefined) {
        throw new TypeError("A value is anything that JSON can hold, and not a " + typeof value + ". To remove it there is delete.");
      }
      return call("storage.set", { key: string(key, "A key"), value });
    },
    delete: (key) => call("storage.delete", { key: string(key, "A key") }),
    list: (prefix = "") => call("storage.list", { prefix: string(prefix, "A prefix") }),
    increment: (key, by = 1) => {
      if (!Number.isSafeInteger(by)) {
        throw new TypeError("What is added is a whole number.");
      }
      return call("storage.increment", { key: string(key, "A key"), by });
    },
  };

  const response = (r) => ({
    status: r.status, ok: r.status >= 200 && r.status < 300, headers: r.headers, body: r.body,
    text: () => r.body, json: () => parse(r.body),
  });

  /* Promises are made even for what is wrong at once, so that authors need one way of catching. */
  const promised = (f) => async (...args) => await f(...args);

  const context = () => ({
    channel: given.channel,
    settings: given.settings,
    now: new RealDate(given.now),
    local: given.local,
    random: (n) => {
      if (!Number.isSafeInteger(n) || n < 1) {
        throw new RangeError("random takes a whole number from 1 on.");
      }
      return floor(fraction() * n);
    },
    reply: (answer) => reply(answer),
    hint: (text) => reply(text, "caller"),
    log,
    storage: {
      get: promised(storage.get), set: promised(storage.set), delete: promised(storage.delete),
      list: promised(storage.list), increment: promised(storage.increment),
    },
    people: {
      get: promised((who) => call("people.get", { who: string(who, "An id or username") })),
      list: promised(() => call("people.list", {})),
    },
    post: promised((message) => {
      const { text, thread } = typeof message === "string" ? { text: message } : message;
      return call("post", { text: string(text, "A message"), thread: thread ?? "" });
    }),
    fetch: promised(async (url, options = {}) => {
      const { method = "GET", headers = {}, body = "" } = options;
      return response(await call("fetch", { url: string(url, "An address"), method, headers, body }));
    }),
  });

  const event = () => {
    const e = given.event;
    if (given.kind === "schedule") {
      return { name: e.name, due: new RealDate(e.due) };
    }
    return given.kind === "webhook" ? { ...e, json: () => parse(e.body) } : e;
  };

  const own = (functions, name) => (functions && Object.hasOwn(functions, name) ? functions[name] : undefined);

  const handler = () => {
    switch (given.kind) {
      case "command": return own(plugin.commands, given.event.name);
      case "schedule": return own(plugin.schedules, given.event.name);
      case "message": return plugin.onMessage;
      case "webhook": return plugin.onWebhook;
    }
  };

  const named = (functions) => {
    const names = [];
    for (const name of Object.keys(functions ?? {})) {
      if (typeof functions[name] === "function") {
        names[names.length] = name;
      }
    }
    return names;
  };

  const probed = () => ({
    commands: named(plugin.commands), schedules: named(plugin.schedules),
    messages: typeof plugin.onMessage === "function", webhook: typeof plugin.onWebhook === "function",
  });

  const failed = (e) => {
    let message = "";
    let stack = "";
    try {
      message = e instanceof Error ? e.name + ": " + e.message : "Thrown: " + shown(e);
      stack = e instanceof Error ? String(e.stack) : "";
    } catch {}
    send("thrown", 0, "", stringify({ message, stack }));
  };

  const run = async () => {
    try {
      if (given.kind === "probe") {
        send("done", 0, "", stringify({ handlers: probed() }));
        return;
      }
      const handle = handler();
      if (typeof handle !== "function") {
        send("thrown", 0, "", stringify({ message: "The plugin has no function for this.", stack: "" }));
        return;
      }
      reply(await handle(event(), context()));
      send("done", 0, "", stringify({ replies }));
    } catch (e) {
      failed(e);
    }
  };

  const console = { __proto__: {} };
  for (const name of ["log", "info", "warn", "error", "debug"]) {
    console[name] = log;
  }
  Object.defineProperty(globalThis, "console", { value: console, writable: true, configurable: true });

  /* The only way in. Nothing of it is reachable from the plugin. */
  return (what, value) => {
    switch (what) {
      case "start":
        given = parse(value);
        seed = given.seed;
        return;
      case "load":
        try {
          const module = { exports: {} };
          value(module, module.exports);
          plugin = module.exports.default;
          if (plugin === null || typeof plugin !== "object") {
            throw new TypeError("The default export is no plugin: export default definePlugin({ … }).");
          }
        } catch (e) {
          plugin = null;
          failed(e);
        }
        return;
      case "run":
        run();
        return;
      case "answer": {
        const answer = parse(value);
        const waiting = pending[answer.id];
        delete pending[answer.id];
        if (answer.error) {
          const e = new Error(answer.error.message);
          e.code = answer.error.code;
          waiting.reject(e);
        } else {
          waiting.resolve(answer.value);
        }
        return;
      }
    }
  };
})()
