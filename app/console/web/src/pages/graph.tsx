/** A collection's graph, from a question, a name or a document on; never all of it. */

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { useAgain } from "../api/again";
import { useQuery } from "../api/hooks";
import { Combobox } from "../parts/combobox";
import { Field } from "../parts/field";
import { findCollections } from "../parts/finding";
import { Page } from "../parts/page";
import { Asked, Empty } from "../parts/states";
import { useNamed } from "./access/resource";
import { Board } from "./graph/board";
import { begin } from "./graph/reading";
import "./graph.css";

type Way = "ask" | "find";

export default function Graph() {
  const { query, route } = useLocation();
  const { ask, find, document } = query;
  const source = useNamed(document);
  const collection = query.in ?? source?.collection;
  const chosen = useNamed(collection);
  const asTable = query.view === "table";
  const go = (said: Record<string, string | undefined>) => {
    const kept = Object.entries(said).filter((pair): pair is [string, string] => Boolean(pair[1]));
    route(`/console/graph?${new URLSearchParams(kept)}`);
  };
  const begun = Boolean(collection && (ask || find || document));
  const first = useQuery(begun ? (signal) => begin({ in: collection!, ask, find, document }, signal) : null, [
    collection, ask, find, document,
  ]);
  useAgain(first.data?.graph_available === false, first.loading, first.reload);
  return (
    <Page
      title="Graph"
      lead="The things that documents speak of, and how they are related. Only what stands in a document you may read is shown."
      actions={begun && <Views asTable={asTable} show={(view) => go({ ...query, view })} />}
    >
      <Combobox name="Collection" find={findCollections} chosen={chosen} choose={(choice) => choice && go({ in: choice.id, view: query.view })} placeholder="Type a name" />
      {collection && <Question key={`${ask}${find}`} ask={ask} find={find} start={(way, words) => go({ in: collection, [way]: words, view: query.view })} />}
      {document && <p>Begun from <a href={`/console/documents/${document}`}>{source?.name}</a>.</p>}
      {!begun && (
        <Empty title="Begin with a question, or with the name of something.">
          <p>The graph grows from there, thing by thing.</p>
        </Empty>
      )}
      {begun && (
        <Asked query={first} what="the graph">
          {(found) => {
            if (!found.graph_available) return <Away />;
            if (!found.nodes.length) return <Nothing />;
            return <Board key={first.answer?.requestId ?? ""} collection={collection!} first={found} asTable={asTable} />;
          }}
        </Asked>
      )}
    </Page>
  );
}

function Views({ asTable, show }: { asTable: boolean; show: (view: string | undefined) => void }) {
  return (
    <div class="row" role="group" aria-label="Shown as">
      <button type="button" aria-pressed={!asTable} onClick={() => show(undefined)}>
        Picture
      </button>
      <button type="button" aria-pressed={asTable} onClick={() => show("table")}>
        Table
      </button>
    </div>
  );
}

interface QuestionProps {
  ask: string | undefined;
  find: string | undefined;
  start: (way: Way, words: string) => void;
}

function Question({ ask, find, start }: QuestionProps) {
  const [way, setWay] = useState<Way>(ask ? "ask" : "find");
  const [words, setWords] = useState(ask ?? find ?? "");
  const submit = (event: Event) => {
    event.preventDefault();
    if (words.trim()) start(way, words.trim());
  };
  return (
    <form class="fields start" onSubmit={submit}>
      <Field name="Begin with">
        {(control) => (
          <select {...control} value={way} onChange={(event) => setWay(event.currentTarget.value as Way)}>
            <option value="find">The name of something</option>
            <option value="ask">A question</option>
          </select>
        )}
      </Field>
      <Field name={way === "ask" ? "Question" : "Name"}>
        {(control) => <input {...control} value={words} onInput={(event) => setWords(event.currentTarget.value)} />}
      </Field>
      <div class="field">
        <button type="submit" class="main">
          Show
        </button>
      </div>
    </form>
  );
}

function Away() {
  return (
    <Empty title="The graph is away right now.">
      <p>
        Its store does not answer (<code>graph_available: false</code>). Search and documents work without it; it is shown here once it is back.
      </p>
    </Empty>
  );
}

function Nothing() {
  return (
    <Empty title="Nothing found that you can read.">
      <p>Try another name, or a question in other words. A collection has a graph once one is switched on for it.</p>
    </Empty>
  );
}
