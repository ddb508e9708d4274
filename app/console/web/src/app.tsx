import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { acting } from "./api/acting";
import { api, ask } from "./api/client";
import { useQuery } from "./api/hooks";
import { MeContext } from "./api/me";
import { session, whenChanged } from "./api/session";
import { Failed, Loading } from "./parts/states";
import { NotAllowed, Page } from "./parts/page";
import { Shell } from "./parts/shell";
import { SignIn, SignedIn } from "./parts/sign-in";
import { Toasts } from "./parts/toast";
import { PLACES } from "./routes";

export function App() {
  return (
    <LocationProvider scope="/console">
      <Entrance />
      <Toasts />
    </LocationProvider>
  );
}

function Entrance() {
  const [bearer, setBearer] = useState(session()?.bearer);
  const { path } = useLocation();
  useEffect(() => whenChanged(() => setBearer(session()?.bearer ? "there" : undefined)), []);
  if (path === "/console/signed-in") return <SignedIn />;
  return bearer ? <Inside /> : <SignIn />;
}

function Inside() {
  const me = useQuery((signal) => ask(api.GET("/v1/me", { signal })), []);
  const elsewhere = acting();
  if (me.failure && !me.data) return <Failed failure={me.failure} retry={me.reload} />;
  if (!me.data) return <Loading what="your rights" />;
  return (
    <MeContext.Provider value={elsewhere ? { ...me.data, tenant_id: elsewhere.id, tenant_slug: elsewhere.slug } : me.data}>
      <Shell>
        <ErrorBoundary>
          <Router>
            {PLACES.map(({ path, page }) => (
              <Route key={path} path={path} component={page} />
            ))}
            <Route default component={Nowhere} />
          </Router>
        </ErrorBoundary>
      </Shell>
    </MeContext.Provider>
  );
}

function Nowhere() {
  return (
    <Page title="Not found">
      <NotAllowed />
    </Page>
  );
}
