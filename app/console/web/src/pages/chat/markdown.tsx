/**
 * An answer as text. Its marks are read by a library, but what is shown is made here, element by element: HTML in an
 * answer stays text, a picture becomes a link, and a link leads to http or https or nowhere.
 */

import { lexer, type Token, type Tokens } from "marked";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";

/** What stands for `[1]`. */
type Cite = (marker: number) => ComponentChildren;

export function Markdown({ text, cite }: { text: string; cite: Cite }) {
  const tokens = useMemo(() => lexer(text, { gfm: true, breaks: true }), [text]);
  return <div class="markdown">{tokens.map((token) => block(token, cite))}</div>;
}

function block(token: Token, cite: Cite): ComponentChildren {
  switch (token.type) {
    case "space":
      return null;
    case "heading":
      return <p class={`heading of-${Math.min((token as Tokens.Heading).depth, 3)}`}>{inline(token, cite)}</p>;
    case "paragraph":
      return <p>{inline(token, cite)}</p>;
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote>{(token as Tokens.Blockquote).tokens.map((inner) => block(inner, cite))}</blockquote>;
    case "hr":
      return <hr />;
    case "list":
      return list(token as Tokens.List, cite);
    case "table":
      return table(token as Tokens.Table, cite);
    case "text":
      return inline(token, cite);
    default:
      return <p>{cited(token.raw, cite)}</p>;
  }
}

function list(token: Tokens.List, cite: Cite) {
  const items = token.items.map((item) => (
    <li>
      {item.task && (item.checked ? "☑ " : "☐ ")}
      {item.tokens.filter((inner) => inner.type !== "checkbox").map((inner) => block(inner, cite))}
    </li>
  ));
  return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>;
}

function table(token: Tokens.Table, cite: Cite) {
  return (
    <div class="table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>{token.header.map((cell) => <th scope="col">{spans(cell.tokens, cite)}</th>)}</tr>
        </thead>
        <tbody>{token.rows.map((row) => <tr>{row.map((cell) => <td>{spans(cell.tokens, cite)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function inline(token: Token, cite: Cite): ComponentChildren {
  const inner = (token as { tokens?: Token[] }).tokens;
  return inner ? spans(inner, cite) : cited((token as { text?: string }).text ?? token.raw, cite);
}

function spans(tokens: Token[], cite: Cite): ComponentChildren {
  return tokens.map((token) => span(token, cite));
}

function span(token: Token, cite: Cite): ComponentChildren {
  switch (token.type) {
    case "strong":
      return <strong>{inline(token, cite)}</strong>;
    case "em":
      return <em>{inline(token, cite)}</em>;
    case "del":
      return <del>{inline(token, cite)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "escape":
      return (token as Tokens.Escape).text;
    case "link":
      return link(token as Tokens.Link, inline(token, cite), cite);
    case "image":
      return link(token as Tokens.Image, (token as Tokens.Image).text || "picture", cite);
    case "text":
      return inline(token, cite);
    default:
      return token.raw;
  }
}

function link(token: Tokens.Link | Tokens.Image, name: ComponentChildren, cite: Cite): ComponentChildren {
  if (/^\[\d{1,3}\]$/.test(token.raw)) return cited(token.raw, cite); // a number, whatever the answer says it leads to
  const href = outside(token.href);
  if (!href) return name;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {name}
    </a>
  );
}

/** An address that may be gone to; answers name none of ours. */
export function outside(href: string | null | undefined): string | null {
  if (!href || !URL.canParse(href)) return null;
  const { protocol, href: whole } = new URL(href);
  return protocol === "http:" || protocol === "https:" ? whole : null;
}

function cited(text: string, cite: Cite): ComponentChildren {
  return text.split(/(\[\d{1,3}\])/).map((part) => (/^\[\d{1,3}\]$/.test(part) ? cite(Number(part.slice(1, -1))) : part));
}
