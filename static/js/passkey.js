// Signing in with a passkey: with the button, or where the address is completed.
import { $ } from "./dom.js";

const api = "/api/auth/passkey";
const AGAIN = 4 * 60_000; // a challenge is good for 5 minutes

// supported reports whether this browser can translate between the server's JSON and itself.
const supported = () => Boolean(globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON && PublicKeyCredential.prototype.toJSON);

// call sends JSON to the server, and throws what a person should read of a failure.
async function call(path, body) {
  const options = { credentials: "same-origin", headers: { Accept: "application/json" } };
  if (body) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(api + path, options);
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Error(answer?.message || "That did not work. Please try again.");
  return answer;
}

let waiting; // the ceremony under way: a browser carries out one at a time

// signIn calls used once the person has chosen a passkey.
async function signIn(returnTo, mediation, used = () => {}) {
  waiting?.abort();
  const own = (waiting = new AbortController());
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await call("/generate-authenticate-options"));
  if (own.signal.aborted) return;
  const credential = await navigator.credentials.get({ publicKey, mediation, signal: own.signal });
  used();
  await call("/verify-authentication", { response: credential.toJSON() });
  location.assign(returnTo);
}

// offer lets the browser propose passkeys where the address is typed, for as long as the page stands. Nobody asked for
// that, so what fails before a passkey is chosen is not said.
async function offer(returnTo, said) {
  const again = setTimeout(() => offer(returnTo, said), AGAIN);
  let chosen = false;
  try {
    await signIn(returnTo, "conditional", () => (chosen = true));
  } catch (error) {
    clearTimeout(again);
    if (chosen) said(error.message);
  }
}

export async function start(place) {
  if (!supported()) return;
  const returnTo = place.dataset.passkeySignIn || "/chat";
  const completes = await PublicKeyCredential.isConditionalMediationAvailable?.();
  const said = (text) => {
    $("[role=alert]", place).textContent = text;
    $("[role=alert]", place).hidden = !text;
  };
  place.hidden = false;
  $("button", place).addEventListener("click", async () => {
    said("");
    try {
      await signIn(returnTo, "optional");
    } catch (error) {
      if (error.name === "AbortError") return; // another try took its place
      said(error instanceof DOMException ? "No passkey was used. Try again, or sign in another way." : error.message);
      if (completes) offer(returnTo, said);
    }
  });
  if (completes) offer(returnTo, said);
}
