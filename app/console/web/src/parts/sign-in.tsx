import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { opens } from "../api/entering";
import { asFailure, Failure } from "../api/failure";
import { useDeed, useQuery } from "../api/hooks";
import { arrive, leave } from "../api/oidc";
import { begin } from "../api/session";
import { Field } from "./field";
import { Failed, Loading, Trouble } from "./states";

/** The door: an API key, or ScaiKey where it is connected. Whoever comes in is where they were going. */
export function SignIn() {
  const [key, setKey] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  const ways = useQuery((signal) => ask(api.GET("/v1/auth/sign-in", { signal })), []);
  const entering = useDeed(async () => begin({ bearer: await tried(key.trim()) }));
  const leaving = useDeed(async () => {
    const oidc = ways.data?.oidc;
    if (oidc) await leave(oidc, location.pathname + location.search + location.hash);
  });
  useEffect(() => {
    document.title = "Sign in · ScaiGrid";
    heading.current?.focus();
  }, []);
  return (
    <main class="door">
      <div class="door-card">
        <img src="/console/icon.svg" alt="" width="40" height="40" />
        <h1 ref={heading} tabIndex={-1}>
          Sign in to ScaiGrid
        </h1>
        {ways.data?.oidc && (
          <>
            <button type="button" class="main" disabled={leaving.busy} onClick={() => void leaving.run()}>
              Continue with ScaiKey
            </button>
            <Trouble failure={leaving.failure} />
            <p class="or">or with a key</p>
          </>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void entering.run();
          }}
        >
          <Field name="API key" hint="Kept in this tab until you sign out or close it; never in an address.">
            {(control) => (
              <input
                {...control}
                type="password"
                name="api-key"
                autocomplete="off"
                spellcheck={false}
                placeholder="sgk_…"
                value={key}
                onInput={(event) => setKey(event.currentTarget.value)}
              />
            )}
          </Field>
          <Trouble failure={entering.failure} />
          <button type="submit" class={ways.data?.oidc ? "" : "main"} disabled={entering.busy || !key.trim()}>
            {entering.busy ? "Looking…" : "Sign in"}
          </button>
        </form>
        <p class="quiet">
          A server that starts for the first time prints a key. <a href="/docs">The API</a> takes the same one.
        </p>
      </div>
    </main>
  );
}

/** A key is tried before it is kept. */
async function tried(key: string): Promise<string> {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Failure(0, "AUTH_TOKEN_INVALID", "That is not a key: it starts with sgk_.");
  if (!(await opens(key))) throw new Failure(401, "AUTH_TOKEN_INVALID", "That key does not open this server.");
  return key;
}

/** Where ScaiKey sends the browser back to. */
export function SignedIn() {
  const { route } = useLocation();
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => {
    const address = new URL(location.href);
    history.replaceState(null, "", location.pathname); // the code is used once; it stays in no history
    arrive(address).then(
      (back) => route(back.startsWith("/console") ? back : "/console", true),
      (thrown: unknown) => setFailure(asFailure(thrown)),
    );
  }, []);
  if (!failure) return <Loading what="your sign-in" />;
  return (
    <main class="door">
      <div class="door-card">
        <h1>Not signed in</h1>
        <Failed failure={failure} retry={() => location.assign("/console")} />
      </div>
    </main>
  );
}
