// Drives a server of ours with the unmodified client of Better Auth, and prints TAP.
//
//   BASE_URL=… LIMITED_URL=… CONTROL_URL=… node conformance.mjs better-auth-1
//
// The argument is the client's package. LIMITED_URL is a server with limits by rate on; CONTROL_URL tells what mails went
// out, and makes admins. browser.mjs says more.
import assert from "node:assert/strict";
import { base, called, earlyInStep, Jar, letter, limited, makeAdmin, routes, tokenOf, totp } from "./browser.mjs";

const name = process.argv[2];
const { createAuthClient } = await import(`${name}/client`);
const { adminClient, magicLinkClient, twoFactorClient } = await import(`${name}/client/plugins`);

const password = "correct horse battery";
const another = "another horse battery";
const tag = name.replaceAll(/[^a-z0-9]/g, "");
let people = 0;

/** browser returns a client with cookies of its own. */
function browser(jar = new Jar(), baseURL = base) {
  const client = createAuthClient({
    baseURL, fetchOptions: { customFetchImpl: jar.fetch }, plugins: [adminClient(), magicLinkClient(), twoFactorClient()],
  });
  return { jar, client };
}

/** good returns the data of an answer that is no failure. */
async function good(answer) {
  const { data, error } = await answer;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

/** bad returns the failure of an answer that is one. */
async function bad(answer, status, code) {
  const { data, error } = await answer;
  assert.equal(data, null);
  assert.equal(error.status, status, JSON.stringify(error));
  if (code) assert.match(error.code, code instanceof RegExp ? code : new RegExp(`^${code}$`));
  return error;
}

/** person signs somebody new up. */
async function person() {
  const email = `${tag}.${++people}@example.test`;
  const who = { ...browser(), email };
  const data = await good(who.client.signUp.email({ name: `Person ${people}`, email, password }));
  return { ...who, id: data.user.id, token: data.token };
}

/** again signs a person in on another device. */
async function again(who, jar) {
  const device = browser(jar);
  const data = await good(device.client.signIn.email({ email: who.email, password }));
  return { ...who, ...device, token: data.token, data };
}

const signedIn = async (who) => (await good(who.client.getSession())) !== null;
const post = (who, path, body = {}) => who.client.$fetch(path, { method: "POST", body });
const open = (who, path, query) => who.jar.fetch(`${base}/api/auth${path}?${new URLSearchParams(query)}`);

const points = {
  "sign-up signs in": async () => {
    const { jar, client } = browser();
    const data = await good(client.signUp.email({ name: "Ada Example", email: `${tag}.ada@example.test`, password, callbackURL: "/chat" }));
    assert.equal(typeof data.token, "string");
    assert.ok(data.user.createdAt instanceof Date);
    assert.equal(data.user.image, null);
    assert.equal(jar.named("better-auth.session_token").length, 1);
    assert.equal(jar.named("session_token")[0].age, 604800);
    const session = await good(client.getSession());
    assert.equal(session.session.token, data.token);
    assert.ok(session.session.expiresAt instanceof Date);
    await good(client.$fetch("/ok"));
    await good(post(browser(), "/sign-up", { name: "Another", email: `${tag}.alias@example.test`, password }));
    await good(post(browser(), "/sign-in", { email: `${tag}.alias@example.test`, password }));
  },

  "a taken address is refused": async () => {
    const who = await person();
    await bad(browser().client.signUp.email({ name: "Other", email: who.email.toUpperCase(), password }), 422, /^USER_ALREADY_EXISTS/);
    await bad(browser().client.signUp.email({ name: "Other", email: `${tag}.x@example.test`, password: "short" }), 400, "PASSWORD_TOO_SHORT");
    await bad(post(browser(), "/sign-up/email", { email: 1 }), 400, "VALIDATION_ERROR");
  },

  "a wrong password and an unknown address are the same": async () => {
    const who = await person();
    const wrong = await bad(browser().client.signIn.email({ email: who.email, password: another }), 401, "INVALID_EMAIL_OR_PASSWORD");
    const unknown = await bad(browser().client.signIn.email({ email: `${tag}.nobody@example.test`, password }), 401, "INVALID_EMAIL_OR_PASSWORD");
    assert.equal(wrong.message, unknown.message);
  },

  "nobody has no session, which is no failure": async () => {
    const { client, jar } = browser();
    assert.equal(await good(client.getSession()), null);
    await bad(client.listSessions(), 401, "UNAUTHORIZED");
    assert.deepEqual(await good(client.signOut()), { success: true });
    assert.equal(jar.cookies.size, 0);
  },

  "who is not to be remembered gets a cookie of the browser's session": async () => {
    const who = await person();
    const { jar, client } = browser();
    await good(client.signIn.email({ email: who.email, password, rememberMe: false }));
    assert.equal(jar.named("session_token")[0].age, null);
    assert.equal(jar.named("dont_remember").length, 1);
    await good(client.signOut());
    assert.equal(jar.named("session_token").length, 0);
  },

  "people change themselves, but not their role": async () => {
    const who = await person();
    assert.deepEqual(await good(who.client.updateUser({ name: "Changed" })), { status: true });
    await good(post(who, "/update-user", { displayName: "Shown", preferences: { theme: "dark" }, image: null }));
    await bad(who.client.updateUser({ role: "admin" }), 400, "FIELD_NOT_ALLOWED");
    await bad(post(who, "/update-user", { email: "x@example.test" }), 400, "EMAIL_CAN_NOT_BE_UPDATED");
    const { user } = await good(who.client.getSession());
    assert.equal(user.name, "Changed");
    assert.equal(user.displayName, "Shown");
    assert.deepEqual(JSON.parse(user.preferences), { theme: "dark" });
    assert.equal(user.role, "user");
    assert.equal((await good(post(who, "/update-session"))).session.token, who.token);
  },

  "a password is changed, with the other sessions or without": async () => {
    const who = await person();
    const phone = await again(who);
    await bad(who.client.changePassword({ currentPassword: another, newPassword: another }), 400, "INVALID_PASSWORD");
    await bad(who.client.changePassword({ currentPassword: password, newPassword: "short" }), 400, "PASSWORD_TOO_SHORT");
    const kept = await good(who.client.changePassword({ currentPassword: password, newPassword: another }));
    assert.equal(kept.token, null);
    assert.ok(await signedIn(phone));
    const ended = await good(who.client.changePassword({ currentPassword: another, newPassword: password, revokeOtherSessions: true }));
    assert.equal(typeof ended.token, "string");
    assert.notEqual(ended.token, who.token);
    assert.equal(ended.user.id, who.id);
    assert.ok(!(await signedIn(phone)));
    assert.ok(await signedIn(who));
    await good(post(who, "/verify-password", { password }));
    await bad(post(who, "/verify-password", { password: another }), 400, "INVALID_PASSWORD");
    await bad(post(who, "/set-password", { newPassword: another }), 400, "PASSWORD_ALREADY_SET");
  },

  "a forgotten password is set anew, once": async () => {
    const ways = [(c, a) => c.forgetPassword(a), (c, a) => c.requestPasswordReset(a), (c, a) => c.$fetch("/forgot-password", { method: "POST", body: a })];
    for (const ask of ways) {
      const who = await person();
      const asked = await good(ask(browser().client, { email: who.email, redirectTo: "/reset-password" }));
      const unknown = await good(ask(browser().client, { email: `${tag}.nobody@example.test`, redirectTo: "/reset-password" }));
      assert.deepEqual(asked, unknown);
      assert.equal(asked.status, true);
      const token = tokenOf(await letter(who.email, "reset-password"));
      const link = await open(who, `/reset-password/${token}`, { callbackURL: "/reset-password" });
      assert.equal(link.status, 302);
      assert.equal(new URL(link.headers.get("location"), base).searchParams.get("token"), token);
      await bad(who.client.resetPassword({ token, newPassword: "short" }), 400, "PASSWORD_TOO_SHORT");
      assert.equal((await good(browser().client.resetPassword({ token, newPassword: another }))).status, true);
      await bad(browser().client.resetPassword({ token, newPassword: password }), 400, "INVALID_TOKEN");
      assert.ok(!(await signedIn(who)), "a session outlives the reset");
      await good(browser().client.signIn.email({ email: who.email, password: another }));
      const used = await open(who, `/reset-password/${token}`, { callbackURL: "/reset-password" });
      assert.match(used.headers.get("location"), /error=INVALID_TOKEN/);
    }
  },

  "a sign-in at a provider begins at the provider": async () => {
    const { client, jar } = browser();
    const data = await good(client.signIn.social({ provider: "github", callbackURL: "/chat", disableRedirect: true }));
    assert.equal(data.redirect, false);
    const page = new URL(data.url);
    assert.match(page.searchParams.get("redirect_uri"), /\/api\/auth\/callback\/github$/);
    assert.ok(page.searchParams.get("state"));
    assert.equal(jar.named("state").length, 1);
    assert.equal((await good(client.signIn.social({ provider: "github" }))).redirect, true);
    await bad(client.signIn.social({ provider: "twitter" }), 404, "PROVIDER_NOT_FOUND");
    await bad(client.signIn.social({ provider: "github", idToken: { token: "x" } }), 404, "ID_TOKEN_NOT_SUPPORTED");
    const back = await open({ jar }, "/callback/github", { state: "forged", code: "x" });
    assert.equal(back.status, 302);
    assert.match(back.headers.get("location"), /\/api\/auth\/error\?error=state_/);
    const page2 = await jar.fetch(new URL(back.headers.get("location"), base));
    assert.match(page2.headers.get("content-type"), /^text\/html/);
    const form = await jar.fetch(`${base}/api/auth/callback/github`, {
      method: "POST", body: "code=x&state=y", headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    assert.equal(form.headers.get("location"), "/api/auth/callback/github?code=x&state=y");

    const who = await person();
    assert.equal((await good(who.client.linkSocial({ provider: "github", callbackURL: "/profile" }))).redirect, true);
    const accounts = await good(who.client.listAccounts());
    assert.equal(accounts.length, 1);
    assert.equal(accounts[0].provider, "credential");
    assert.equal(accounts[0].providerId, "credential");
    assert.deepEqual(accounts[0].scopes, []);
    await bad(who.client.unlinkAccount({ providerId: "credential" }), 400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
    await bad(who.client.unlinkAccount({ accountId: "none" }), 400, "ACCOUNT_NOT_FOUND");
  },

  "a second factor": async () => {
    const who = await person();
    await bad(who.client.twoFactor.enable({ password: another }), 400, "INVALID_PASSWORD");
    const setup = await good(who.client.twoFactor.enable({ password, issuer: "Team" }));
    assert.equal(setup.backupCodes.length, 10);
    assert.match(setup.totpURI, /^otpauth:\/\/totp\/Team:/);
    assert.equal((await good(who.client.twoFactor.getTotpUri({ password }))).totpURI.split("secret=")[1].slice(0, 16), setup.totpURI.split("secret=")[1].slice(0, 16));
    await again(who); // it is not on yet
    await earlyInStep();
    await bad(who.client.twoFactor.verifyTotp({ code: "000000" }), 401, "INVALID_CODE");
    const on = await good(who.client.twoFactor.verifyTotp({ code: totp(setup.totpURI, -1) }));
    assert.equal(on.user.twoFactorEnabled, true);
    assert.notEqual(on.token, who.token);
    await good(who.client.signOut());

    let asked = null;
    const due = await good(who.client.signIn.email({ email: who.email, password, fetchOptions: { onSuccess: (c) => { asked = c.data; } } }));
    assert.equal(due.twoFactorRedirect, true);
    assert.equal(asked.twoFactorRedirect, true);
    assert.ok(due.twoFactorMethods.includes("totp"));
    assert.equal(who.jar.named("session_token").length, 0);
    assert.ok(!(await signedIn(who)));
    const stolen = { jar: who.jar.copy() };
    await bad(who.client.twoFactor.verifyTotp({ code: totp(setup.totpURI, -1) }), 401, "INVALID_CODE"); // each works once
    const trusted = await good(who.client.twoFactor.verifyTotp({ code: totp(setup.totpURI, 0), trustDevice: true }));
    assert.equal(trusted.user.id, who.id);
    assert.equal(who.jar.named("trust_device")[0].age, 30 * 24 * 3600);
    assert.equal(who.jar.named("two_factor").length, 0);
    await bad(browser(stolen.jar).client.twoFactor.verifyTotp({ code: totp(setup.totpURI, 1) }), 401, "INVALID_TWO_FACTOR_COOKIE");
    await good(who.client.signOut());
    assert.equal((await good(who.client.signIn.email({ email: who.email, password }))).redirect, false);

    const phone = browser();
    await good(phone.client.signIn.email({ email: who.email, password }));
    await good(phone.client.twoFactor.verifyBackupCode({ code: setup.backupCodes[0] }));
    assert.ok(await signedIn(phone));
    const tablet = browser();
    await good(tablet.client.signIn.email({ email: who.email, password }));
    await bad(tablet.client.twoFactor.verifyBackupCode({ code: setup.backupCodes[0] }), 401, "INVALID_BACKUP_CODE");
    await good(tablet.client.twoFactor.sendOtp());
    const { Code } = await letter(who.email, "sign-in-code");
    await good(tablet.client.twoFactor.verifyOtp({ code: Code }));

    const guesser = browser();
    await good(guesser.client.signIn.email({ email: who.email, password }));
    for (let i = 0; i < 4; i++) await bad(guesser.client.twoFactor.verifyTotp({ code: "000000" }), 401, "INVALID_CODE");
    await guesser.client.twoFactor.verifyTotp({ code: "000000" });
    const { error } = await guesser.client.twoFactor.verifyTotp({ code: totp(setup.totpURI, 1) });
    assert.match(error.code, /^(INVALID_TWO_FACTOR_COOKIE|TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE)$/);

    const fresh = await good(tablet.client.twoFactor.generateBackupCodes({ password }));
    assert.equal(fresh.backupCodes.length, 10);
    await bad(tablet.client.twoFactor.disable({ password: another }), 400, "INVALID_PASSWORD");
    assert.deepEqual(await good(tablet.client.twoFactor.disable({ password })), { status: true });
    assert.equal((await again(who)).data.redirect, false);
  },

  "sessions are listed and ended": async () => {
    const who = await person();
    const phone = await again(who);
    const tablet = await again(who);
    const list = await good(who.client.listSessions());
    assert.equal(list.length, 3);
    assert.ok(list[0].expiresAt instanceof Date);
    const tokens = list.map((s) => s.token);
    assert.ok(tokens.includes(who.token));
    assert.ok(!tokens.includes(phone.token), "the token of another device is shown");
    const { session } = await good(phone.client.getSession());
    assert.deepEqual(await good(who.client.revokeSession({ token: list.find((s) => s.id === session.id).token })), { status: true });
    assert.ok(!(await signedIn(phone)));
    assert.ok(await signedIn(tablet));
    assert.deepEqual(await good(who.client.revokeSession({ token: "none" })), { status: true });
    await good(who.client.revokeOtherSessions());
    assert.ok(!(await signedIn(tablet)));
    assert.ok(await signedIn(who));
    await good(who.client.revokeSessions());
    assert.ok(!(await signedIn(who)));
  },

  "other sites get nowhere": async () => {
    const who = await person();
    const evil = who.jar.copy();
    evil.origin = "https://evil.test";
    await bad(browser(evil).client.updateUser({ name: "Evil" }), 403, "INVALID_ORIGIN");
    const start = browser().client;
    await bad(start.signIn.email({ email: who.email, password, callbackURL: "https://evil.test/" }), 403, "INVALID_CALLBACK_URL");
    await bad(start.signIn.email({ email: who.email, password, callbackURL: "//evil.test/" }), 403, "INVALID_CALLBACK_URL");
    await bad(start.signIn.social({ provider: "github", errorCallbackURL: "https://evil.test/" }), 403, "INVALID_ERROR_CALLBACK_URL");
    await bad(start.signIn.social({ provider: "github", newUserCallbackURL: "https://evil.test/" }), 403, "INVALID_NEW_USER_CALLBACK_URL");
    await bad(start.requestPasswordReset({ email: who.email, redirectTo: "https://evil.test/" }), 403, "INVALID_REDIRECT_URL");
    const trusted = await good(start.signIn.email({ email: who.email, password, callbackURL: "https://trusted.example/app" }));
    assert.equal(trusted.url, "https://trusted.example/app");
    assert.equal(trusted.redirect, true);
  },

  "the fourth sign-in within ten seconds is too many": async () => {
    const { client, jar } = browser(new Jar(new URL(limited).origin), limited);
    for (let i = 0; i < 3; i++) await bad(client.signIn.email({ email: `${tag}.nobody@example.test`, password }), 401);
    const error = await bad(client.signIn.email({ email: `${tag}.nobody@example.test`, password }), 429);
    assert.equal(error.message, "Too many requests. Please try again later.");
    assert.ok(Number(jar.last.headers.get("x-retry-after")) > 0);
  },

  "admins run the people": async () => {
    const boss = { ...browser(), email: `${tag}.boss@example.test` };
    await makeAdmin(boss.email, password);
    await good(boss.client.signIn.email({ email: boss.email, password }));
    const who = await person();
    const { admin } = boss.client;

    await bad(who.client.admin.listUsers({ query: {} }), 403, /^YOU_ARE_NOT_ALLOWED_TO_LIST_USERS/);
    await bad(browser().client.admin.listUsers({ query: {} }), 401, "UNAUTHORIZED");
    const page = await good(admin.listUsers({ query: { searchValue: who.email, searchField: "email", limit: 5, sortBy: "createdAt", sortDirection: "desc" } }));
    assert.equal(page.total, 1);
    assert.equal(page.users[0].id, who.id);
    assert.ok(page.users[0].createdAt instanceof Date);
    assert.equal((await good(boss.client.$fetch("/admin/get-user", { query: { id: who.id } }))).email, who.email);
    const made = await good(admin.createUser({ email: `${tag}.made@example.test`, name: "Made", password, role: "user" }));
    await bad(admin.createUser({ email: `${tag}.made@example.test`, name: "Made", password, role: "user" }), 400, /^USER_ALREADY_EXISTS/);
    assert.equal((await good(post(boss, "/admin/update-user", { userId: made.user.id, data: { name: "Made Over" } }))).name, "Made Over");
    assert.equal((await good(admin.setRole({ userId: made.user.id, role: "moderator" }))).user.role, "moderator");
    await good(post(boss, "/admin/set-user-password", { userId: made.user.id, newPassword: another }));
    await good(browser().client.signIn.email({ email: `${tag}.made@example.test`, password: another }));
    assert.deepEqual(await good(admin.removeUser({ userId: made.user.id })), { success: true });
    await bad(admin.removeUser({ userId: "ffffffffffffffffffffffff" }), 404, "USER_NOT_FOUND");

    const phone = await again(who);
    const { sessions } = await good(admin.listUserSessions({ userId: who.id }));
    assert.equal(sessions.length, 2);
    const { session } = await good(phone.client.getSession());
    await good(admin.revokeUserSession({ sessionToken: sessions.find((s) => s.id === session.id).token }));
    assert.ok(!(await signedIn(phone)));
    await good(admin.revokeUserSessions({ userId: who.id }));
    assert.ok(!(await signedIn(who)));

    const banned = await again(who);
    const { user } = await good(admin.banUser({ userId: who.id, banReason: "Spam", banExpiresIn: 3600 }));
    assert.equal(user.banned, true);
    assert.ok(user.banExpires instanceof Date);
    await bad(banned.client.listSessions(), 401);
    await bad(browser().client.signIn.email({ email: who.email, password }), 403, "BANNED_USER");
    await bad(admin.banUser({ userId: (await good(boss.client.getSession())).user.id }), 400, "YOU_CANNOT_BAN_YOURSELF");
    assert.equal((await good(admin.unbanUser({ userId: who.id }))).user.banned, false);
    await again(who);

    const acted = await good(admin.impersonateUser({ userId: who.id }));
    assert.equal(acted.user.id, who.id);
    const now = await good(boss.client.getSession());
    assert.equal(now.user.id, who.id);
    assert.ok(now.session.impersonatedBy);
    await good(post(boss, "/admin/stop-impersonating"));
    assert.equal((await good(boss.client.getSession())).user.email, boss.email);
    await bad(post(boss, "/admin/stop-impersonating"), 400);
    for (const [ask, expected] of [[boss, true], [await again(who), false]]) {
      const has = await good(ask.client.admin.hasPermission({ permissions: { user: ["ban"], session: ["list"] }, permission: { user: ["ban"] } }));
      assert.deepEqual(has, { error: null, success: expected });
    }
  },

  "what is left: addresses, links, passkeys, leaving": async () => {
    const who = await person();
    await good(who.client.sendVerificationEmail({ email: who.email }));
    await bad(who.client.sendVerificationEmail({ email: `${tag}.nobody@example.test` }), 400, "EMAIL_MISMATCH");
    await good(browser().client.sendVerificationEmail({ email: `${tag}.nobody@example.test` }));
    const proof = tokenOf(await letter(who.email, "verify-email"));
    assert.deepEqual(await good(browser().client.verifyEmail({ query: { token: proof } })), { status: true, user: null });
    await bad(browser().client.verifyEmail({ query: { token: proof } }), 401, "INVALID_TOKEN");
    await bad(who.client.sendVerificationEmail({ email: who.email }), 400, "EMAIL_ALREADY_VERIFIED");
    const failed = await open(browser(), "/verify-email", { token: proof, callbackURL: "/chat" });
    assert.equal(failed.headers.get("location"), "/chat?error=INVALID_TOKEN");

    const moved = `${tag}.moved@example.test`;
    await bad(who.client.changeEmail({ newEmail: who.email }), 400);
    await good(who.client.changeEmail({ newEmail: moved, callbackURL: "/profile" }));
    assert.equal((await good(who.client.getSession())).user.email, who.email);
    const change = tokenOf(await letter(moved, "change-email"));
    assert.equal((await good(browser().client.verifyEmail({ query: { token: change } }))).user.email, moved);
    who.email = moved;

    const linked = browser();
    assert.deepEqual(await good(linked.client.signIn.magicLink({ email: who.email, callbackURL: "/chat" })), { status: true });
    const magic = tokenOf(await letter(who.email, "magic-link"));
    const let_in = await good(linked.client.magicLink.verify({ query: { token: magic } }));
    assert.equal(let_in.user.id, who.id);
    assert.ok(await signedIn(linked));
    const spent = await open(browser(), "/magic-link/verify", { token: magic, callbackURL: "/chat" });
    assert.equal(spent.headers.get("location"), "/chat?error=INVALID_TOKEN");

    assert.ok((await good(who.client.$fetch("/passkey/generate-register-options"))).challenge);
    await bad(post(who, "/passkey/verify-registration", { response: {} }), 400);
    assert.ok((await good(browser().client.$fetch("/passkey/generate-authenticate-options"))).challenge);
    assert.ok((await good(post(browser(), "/passkey/generate-authenticate-options"))).challenge);
    await bad(post(browser(), "/passkey/verify-authentication", { response: {} }), 400);
    assert.deepEqual(await good(who.client.$fetch("/passkey/list-user-passkeys")), []);
    await bad(post(who, "/passkey/delete-passkey", { id: "none" }), 404);
    await bad(post(who, "/passkey/update-passkey", { id: "none", name: "Key" }), 404);

    assert.equal((await open(who, "/delete-user/callback", { token: "none" })).status, 400);
    await bad(who.client.deleteUser({ password: another }), 400, "INVALID_PASSWORD");
    assert.deepEqual(await good(who.client.deleteUser({ password })), { success: true, message: "User deleted" });
    assert.equal(who.jar.named("session_token").length, 0);
    await bad(browser().client.signIn.email({ email: who.email, password }), 401);
  },

  "every route was called": async () => {
    const missing = (await routes()).filter((route) => {
      const pattern = new RegExp(`^${route.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
      return ![...called].some((call) => pattern.test(call));
    });
    assert.deepEqual(missing, []);
  },
};

const all = Object.entries(points);
console.log(`TAP version 13\n1..${all.length}`);
let failures = 0;
for (const [i, [title, run]] of all.entries()) {
  try {
    await run();
    console.log(`ok ${i + 1} - ${title}`);
  } catch (error) {
    failures++;
    console.log(`not ok ${i + 1} - ${title}\n  ---\n  ${String(error.stack ?? error).replaceAll("\n", "\n  ")}\n  ...`);
  }
}
process.exit(failures > 0 ? 1 : 0);
