/** What the API says of a request that it refused (RFC 9457). */
export interface ProblemDocument {
  status: number;
  type?: string;
  title?: string;
  detail?: string;
  code?: string;
  errors?: { field: string; message: string }[];
  [more: string]: unknown;
}

/** A call did not come to an answer that it could use. */
export class BatonError extends Error {
  override name = "BatonError";
}

/** No answer came. The request may have been carried out all the same. */
export class Unreachable extends BatonError {
  override name = "Unreachable";
}

/** The API refused. `code` is stable, so programs go by it; `errors` names every wrong field. */
export class Problem extends BatonError {
  override name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly document: ProblemDocument;
  readonly headers: Headers;

  constructor(status: number, document: ProblemDocument, headers: Headers) {
    const code = document.code ?? "";
    const detail = document.detail ?? document.title ?? "The API refused.";
    super(`${detail} (${status}${code && ` ${code}`})`);
    this.status = status;
    this.code = code;
    this.document = document;
    this.headers = headers;
  }

  /** The wrong fields, and what is wrong with each; none if it is about no field. */
  get errors(): { field: string; message: string }[] {
    return this.document.errors ?? [];
  }

  /** How many seconds the API asks to wait, if it does. */
  get retryAfter(): number | undefined {
    return secondsIn(this.headers);
  }
}

/** The problem that an answer is; made up, if it says nothing of itself. */
export async function problemOf(response: Response): Promise<Problem> {
  let document: unknown;
  try {
    document = await response.json();
  } catch {
    document = undefined;
  }
  const said =
    typeof document === "object" && document !== null
      ? (document as ProblemDocument)
      : { status: response.status, detail: `The answer was ${response.status}, without a reason.` };
  return new Problem(response.status, said, response.headers);
}

/** The seconds of `Retry-After`, if it is there and says seconds. */
export function secondsIn(headers: Headers): number | undefined {
  const text = headers.get("Retry-After") ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
