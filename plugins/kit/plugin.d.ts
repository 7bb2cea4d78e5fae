/**
 * The programming interface of Pegasus plugins, version 1 ("api": 1 in manifest.json).
 *
 * A plugin answers calls: a slash command, a message, a time, a request from outside. Each call runs in a fresh engine with
 * 300 ms of computing, 5 seconds in all and 64 MB; nothing stays in memory from one call to the next. What has to stay goes
 * into ctx.storage. The language is ECMAScript 2023 without eval, timers, Intl, DOM and Node.js. During a call the clock
 * stands still: Date.now() is when the call came.
 */
declare module "pegasus" {
  /** Makes a plugin. It is the default export of the file that the manifest names as "main" (main.ts). */
  export function definePlugin(plugin: Plugin): Plugin;

  /** What a plugin answers to. Each function stands for something that the manifest lists, and the other way round. */
  export interface Plugin {
    /** By the names of the manifest's "commands". */
    commands?: { [name: string]: (call: CommandCall, ctx: Context) => Result };
    /** For the messages of "triggers.messages", never for messages of plugins. */
    onMessage?: (message: Message, ctx: Context) => Result;
    /** By the names of "triggers.schedules". */
    schedules?: { [name: string]: (call: ScheduleCall, ctx: Context) => Result };
    /** For "triggers.webhook": somebody asked the plugin's secret address. */
    onWebhook?: (request: WebhookRequest, ctx: Context) => Result;
  }

  export type Result = Answer | void | Promise<Answer | void>;

  /**
   * What is said in return: Markdown of at most 2,000 characters. Nothing, null and "" say nothing.
   * A command's answer goes where the command was written, every other one to the channel.
   */
  export type Answer = string | Reply | null | undefined;

  export interface Reply {
    text: string;
    /** "caller" shows it only to who wrote the command, and is for commands alone. "channel" is the default. */
    visibility?: "channel" | "caller";
    /** true puts the answer into the thread of the message that it answers. */
    thread?: boolean;
  }

  export interface Person {
    id: string;
    /** As people see it. */
    name: string;
    /** What follows an @ to mention the person. */
    username: string;
  }

  export interface Channel {
    id: string;
    name: string;
  }

  /** Somebody wrote /name text. */
  export interface CommandCall {
    name: string;
    /** All that follows the name, without space around it. */
    text: string;
    /** The words of text; what stands in "double quotes" is one word. */
    args: string[];
    person: Person;
    /** The message that the thread belongs to in which it was written, or null. */
    thread: string | null;
  }

  /** Somebody wrote a message that the manifest asks for. */
  export interface Message {
    id: string;
    text: string;
    person: Person;
    /** The message that its thread belongs to, or null. */
    thread: string | null;
  }

  /** A time has come. */
  export interface ScheduleCall {
    name: string;
    /** When it was due; ctx.now is a little later, or much where the server was away. */
    due: Date;
  }

  /** Somebody asked the secret address. They are told at once that it was received, and never what is answered. */
  export interface WebhookRequest {
    method: string;
    query: { [name: string]: string };
    /** Content-Type, User-Agent and those that begin with X-, in lower case. */
    headers: { [name: string]: string };
    /** At most 64 KB of text. */
    body: string;
    /** Reads the body as JSON; throws where it is none. */
    json(): any;
  }

  /** What every call is given besides its cause. Functions that return a promise reject with an Error that has a `code`. */
  export interface Context {
    /** Where the plugin is installed and was called. */
    channel: Channel;
    /** The manifest's settings as they are filled in; undefined where one is not and has no default. */
    settings: { [key: string]: any };
    /** When the call came. */
    now: Date;
    /** The same moment as the caller's clock shows it, or that of whoever installed the plugin. */
    local: {
      /** "2026-03-09" */
      date: string;
      /** "14:05" */
      time: string;
      /** 1 is Monday, 7 is Sunday. */
      weekday: number;
      /** "Europe/London" */
      zone: string;
    };
    /** A whole number from 0 to n-1, each as likely as the others. */
    random(n: number): number;

    /** Says something in return, besides what is returned; at most 5 answers a call. They are said together when the call ends well. */
    reply(answer: Answer): void;
    /** Says something that only who wrote the command sees. */
    hint(text: string): void;
    /** Notes something for the author: at most 16 KB a call. console.log does the same. */
    log(...values: unknown[]): void;

    /** Permission "storage". What is kept belongs to this plugin in this channel. */
    storage: Storage;
    /** Permission "people:read". */
    people: {
      /** A member of the channel by id or username, or null. */
      get(idOrUsername: string): Promise<Person | null>;
      /** The members of the channel by name, at most 200. */
      list(): Promise<Person[]>;
    };
    /** Permission "messages:write": posts a message to the channel, or into a thread by the id of its message, at once. */
    post(message: string | { text: string; thread?: string | null }): Promise<{ id: string }>;
    /** Permission "network", for the manifest's "hosts" alone, over https, at most 5 times a call. Redirects are not followed. */
    fetch(url: string, options?: FetchOptions): Promise<FetchResponse>;
  }

  export interface Storage {
    /** The value of a key, or null. */
    get<T = any>(key: string): Promise<T | null>;
    /** Keeps a value: anything that JSON can hold, at most 64 KB. A key has 1 to 128 characters. */
    set(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<void>;
    /** The keys that begin with prefix and their values, in the order of the keys, at most 200. */
    list<T = any>(prefix?: string): Promise<{ key: string; value: T }[]>;
    /** Adds to a whole number, which is 0 where there is none, and returns the sum. No call is lost, however many come at once. */
    increment(key: string, by?: number): Promise<number>;
  }

  export interface FetchOptions {
    method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
    headers?: { [name: string]: string };
    /** At most 64 KB. */
    body?: string;
  }

  export interface FetchResponse {
    status: number;
    /** Whether status is 200 to 299. */
    ok: boolean;
    headers: { [name: string]: string };
    /** At most 256 KB of text. */
    body: string;
    text(): string;
    json(): any;
  }
}

declare const console: {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  debug(...values: unknown[]): void;
};
