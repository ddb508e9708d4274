/** Everything that can go wrong with a call, in one class: the API's own code and sentence, or that nothing answered. */

export interface Issue {
  field: string;
  message: string;
}

interface Said {
  code?: string;
  message?: string;
  details?: Issue[] | null;
  retry_after?: number | null;
}

export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Issue[] = [],
    readonly requestId: string | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  /** Hidden and absent are one answer. */
  get missing(): boolean {
    return this.status === 404 || this.status === 403;
  }

  /** The sentence about one field of a form. */
  of(field: string): string | undefined {
    return this.details.find((issue) => bare(issue.field) === field)?.message;
  }
}

function bare(field: string): string {
  return field.replace(/^(body|query|path)\./, "");
}

export function failureOf(response: Response, body: unknown): Failure {
  const envelope = (body ?? {}) as { error?: Said; meta?: { request_id?: string } };
  const said = envelope.error ?? {};
  const seconds = Number(said.retry_after ?? response.headers.get("Retry-After"));
  return new Failure(
    response.status,
    said.code ?? `HTTP_${response.status}`,
    said.message ?? "The server answered with something that is not ours.",
    said.details ?? [],
    envelope.meta?.request_id ?? response.headers.get("X-Request-Id"),
    seconds > 0 ? seconds : null,
  );
}

export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure(0, "NO_ANSWER", "The server does not answer. Is it running, and are you online?");
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "AbortError";
}
