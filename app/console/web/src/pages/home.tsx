import { useMe } from "../api/me";
import { Page } from "../parts/page";

export default function Home() {
  const me = useMe();
  return (
    <Page title="Home" lead={`What needs you in ${me.tenant_slug}, then how it is.`}>
      <p />
    </Page>
  );
}
