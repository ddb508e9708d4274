/** What is not for everybody says whose it is. It hides nothing: which pages there are is no secret. */

const HELD_BY: Record<string, string> = {
  "accounting:view_own": "everybody with a role here",
  "accounting:view_tenant": "tenant admins",
  "models:list": "everybody with a role here",
  "models:manage": "super-admins",
  "routing:view": "tenant admins",
  "routing:manage": "super-admins",
  "webhooks:manage": "tenant admins",
  "modules:use": "users and tenant admins",
  "modules:manage": "tenant admins",
  "admin:access": "tenant admins",
  "api_keys:manage": "users and tenant admins",
  "users:manage": "tenant admins",
};

/** `needs`: any one of them would do. */
export function Lacking({ needs }: { needs: string[] }) {
  const [first = ""] = needs;
  return (
    <div class="state" role="status">
      <p class="state-title">Your role does not reach this page.</p>
      <p>
        It takes the permission {needs.map((one, at) => [at > 0 && " or ", <code key={one}>{one}</code>])}, which{" "}
        {HELD_BY[first] ?? "administrators"} have. A tenant admin can give it to you; if you signed in with a key, it may be the key that
        lacks it.
      </p>
      <p>
        <a href="/console">Go to Home</a>
      </p>
    </div>
  );
}
