// Who is signed in, and what they may do.

import { store } from "./store.js";

/** `who` is undefined before it is known, null where nobody is signed in, else what GET /v1/session says. */
export function createSession() {
  const who = store(undefined);
  const expired = store(false);
  let api = null;

  const session = {
    /** A store: {kind, name, roles, scopes, centres, unit, actions, expires_at, csrf_token} or null. */
    who,
    /** A store: whether the last session ended by itself. */
    expired,
    /** Joined with the interface once that exists: it asks back for the token of changes. */
    use(of) {
      api = of;
    },
    csrf: () => who.get()?.csrf_token ?? "",
    /** Ask the gateway; null where nobody is signed in. */
    async load() {
      try {
        who.set(await api.get("/v1/session"));
      } catch (error) {
        if (error.status !== 401) throw error;
        who.set(null);
      }
      return who.get();
    },
    /** Sign in with a local account; `newPassword` replaces the one-time password. Throws ApiError. */
    async login(name, password, newPassword) {
      const body = { name, password, answer: "cookie" };
      if (newPassword) body.new_password = newPassword;
      await api.post("/v1/login", body);
      expired.set(false);
      return session.load();
    },
    /** End the session; it is over here even where the gateway does not answer. */
    async logout() {
      try {
        await api.post("/v1/logout");
      } finally {
        who.set(null);
      }
    },
    /** The session no longer holds. */
    ended() {
      if (!who.get()) return;
      expired.set(true);
      who.set(null);
    },
    /** Whether a scope is held; `admin` has them all. */
    allows(scope) {
      const scopes = who.get()?.scopes ?? [];
      return scopes.includes(scope) || scopes.includes("admin");
    },
    /** Whether a page of the registry is for them: all that it asks the gateway for is answered. */
    opens: (page) => (!page.needs || session.allows(page.needs)) && (page.units || !who.get()?.unit),
    /** Whether an action on incidents is allowed; of which centre is another question. */
    may(action, centre) {
      const me = who.get();
      if (!me || !session.allows("incidents:write")) return false;
      if (me.actions && !me.actions.includes(action)) return false;
      return !centre || !me.centres.length || me.centres.includes(centre) || session.allows("admin");
    },
  };
  return session;
}
