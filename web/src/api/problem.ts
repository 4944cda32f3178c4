/** What the API says of a request that it refused (RFC 9457). */
export interface ProblemBody {
  status: number;
  title?: string;
  detail?: string;
  code?: string;
  errors?: { field: string; message: string }[];
  holders?: Holder[];
  slot_eta_seconds?: number | null;
  [extra: string]: unknown;
}

export interface Holder {
  slot: string;
  run_id?: string | null;
  schedule_id?: string | null;
  schedule_name?: string | null;
  since?: string | null;
  forced?: boolean;
}

/** A request that was refused, or never answered (`status` 0). */
export class Problem extends Error {
  override name = "Problem";

  constructor(
    readonly status: number,
    readonly body: ProblemBody | null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(body?.detail ?? body?.title ?? "");
  }

  get code(): string {
    return this.body?.code ?? "";
  }

  /** The message at a field; a field's own parts count as it. */
  at(field: string): string | undefined {
    return this.body?.errors
      ?.filter((each) => each.field === field || each.field.startsWith(`${field}.`))
      .map((each) => each.message)
      .join("; ");
  }
}

export function problemOf(error: unknown): Problem | null {
  return error instanceof Problem ? error : null;
}
