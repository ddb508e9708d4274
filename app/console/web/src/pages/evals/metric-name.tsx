import { Badge } from "../../parts/badge";
import { hintOf, nameOf } from "./metrics";

/** What a metric is called, by people and by the API, and what it says. */
export function MetricName({ metric, judged }: { metric: string; judged: boolean }) {
  return (
    <span class="metric">
      {nameOf(metric)} {judged && <Badge tone="warn">judged</Badge>}
      <span class="quiet">
        <code>{metric}</code> {hintOf(metric)}
      </span>
    </span>
  );
}
