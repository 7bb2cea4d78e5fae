// What stands between the client and the server in these tests: a browser's cookie jar, a reader of the test's mail, and an
// authenticator app.
import { createHmac } from "node:crypto";

export const base = process.env.BASE_URL;
export const limited = process.env.LIMITED_URL;
const control = process.env.CONTROL_URL;

/** The routes that were called, as "POST /api/auth/sign-out". */
export const called = new Set();

/** Jar fetches as a page of the server does in a browser: with its cookies and its origin. */
export class Jar {
  constructor(origin = new URL(base).origin) {
    this.origin = origin;
    this.cookies = new Map();
    this.last = null;
    this.fetch = this.fetch.bind(this);
  }

  async fetch(input, init = {}) {
    const request = new Request(input, { ...init, redirect: "manual" });
    const headers = new Headers(request.headers);
    if (this.cookies.size > 0) {
      headers.set("cookie", [...this.cookies].map(([name, c]) => `${name}=${c.value}`).join("; "));
    }
    if (request.method !== "GET") headers.set("origin", this.origin);
    const body = request.method === "GET" ? undefined : await request.text();
    called.add(`${request.method} ${new URL(request.url).pathname}`);
    const response = await fetch(request.url, { method: request.method, headers, body, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    this.last = response;
    return response;
  }

  keep(line) {
    const [pair, ...attributes] = line.split("; ");
    const at = pair.indexOf("=");
    const flags = Object.fromEntries(attributes.map((a) => [a.split("=")[0].toLowerCase(), a.split("=")[1] ?? true]));
    const age = flags["max-age"] === undefined ? null : Number(flags["max-age"]);
    if (age !== null && age <= 0) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), { value: pair.slice(at + 1), age, ...flags });
  }

  /** named returns the cookies whose name ends so. */
  named(end) {
    return [...this.cookies].filter(([name]) => name.endsWith(end)).map(([, cookie]) => cookie);
  }

  /** copy returns another browser with the same cookies. */
  copy() {
    const jar = new Jar(this.origin);
    jar.cookies = new Map(this.cookies);
    return jar;
  }
}

/** letter returns the newest mail of a kind to an address. */
export async function letter(to, kind) {
  const response = await fetch(`${control}/letter?${new URLSearchParams({ to, kind })}`);
  if (response.status !== 200) throw new Error(`no ${kind} mail to ${to}`);
  return response.json();
}

/** makeAdmin makes an account that runs the workspace. */
export async function makeAdmin(email, password) {
  const response = await fetch(`${control}/admin?${new URLSearchParams({ email, password })}`, { method: "POST" });
  if (response.status !== 200) throw new Error(await response.text());
}

/** routes lists the routes that the server has for this protocol. */
export async function routes() {
  return (await fetch(`${control}/routes`)).json();
}

/** tokenOf returns the token in the link of a mail, wherever in the link it stands. */
export function tokenOf(mail) {
  const url = new URL(mail.URL);
  return url.searchParams.get("token") ?? url.pathname.split("/").pop();
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** totp returns the code of a time step (RFC 6238), counted from now. Each step's code works once. */
export function totp(uri, steps) {
  let bits = "";
  for (const letter of new URL(uri).searchParams.get("secret")) bits += alphabet.indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, "0");
}

/** earlyInStep waits, where it must, until a time step has some seconds to go. */
export async function earlyInStep() {
  const left = 30000 - (Date.now() % 30000);
  if (left < 6000) await new Promise((done) => setTimeout(done, left + 100));
}
