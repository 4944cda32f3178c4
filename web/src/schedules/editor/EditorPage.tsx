import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link, useBlocker, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useMemo, useState } from "react";
import { answered, api, newIdempotencyKey, type Schemas } from "../../api/client";
import { problemOf } from "../../api/problem";
import { queryClient, touched } from "../../api/queries";
import { useWords } from "../../i18n/words";
import { Confirm } from "../../ui/dialog";
import { useDraft } from "../../ui/draft";
import { Failure, Loading } from "../../ui/feedback";
import { Page } from "../../ui/page";
import { tell } from "../../ui/toast";
import { readSchedule, type Schedule, useSchedule } from "../queries";
import { Conflict, type Theirs } from "./Conflict";
import { Effect } from "./Effect";
import {
  changesBetween,
  type Definition,
  definitionOf,
  EMPTY,
  type Form,
  formOf,
  STARTS,
} from "./form";
import { fixedMinute, type Draft as Preview, useDraftPreview, useTrial } from "./outlook";
import { Rules } from "./Rules";
import { What } from "./What";
import { When } from "./When";
import "./editor.css";

const STALE = 412;

export type Warning = Schemas["SavedSchedule"]["warnings"][number];

/** What the parts of the editor are given. */
export interface PartProps {
  form: Form;
  change: (changes: Partial<Form>) => void;
  wrong: (field: string) => string | undefined;
}

export function NewSchedulePage() {
  const words = useWords();
  const { from, like } = getRouteApi("/schedules/new").useSearch();
  if (like) return <Duplicate id={like} />;
  const first = { ...EMPTY, ...(from && STARTS[from]) };
  return <Editor key={from} title={words.editor.newTitle} draftKey="schedule.new" first={first} />;
}

/** A new schedule that begins as another one. */
function Duplicate({ id }: { id: string }) {
  const words = useWords();
  const query = useSchedule(id);
  return (
    <Loading query={query} rows={8}>
      {({ schedule }) => (
        <Editor
          title={words.editor.newTitle}
          draftKey={`schedule.like.${id}`}
          first={{ ...formOf(schedule), name: `${schedule.name} 2` }}
        />
      )}
    </Loading>
  );
}

export function EditSchedulePage({ id }: { id: string }) {
  const words = useWords();
  const query = useSchedule(id);
  return (
    <Loading query={query} rows={10}>
      {({ schedule, etag }) => (
        <Editor
          title={words.editor.editTitle(schedule.name)}
          draftKey={`schedule.${id}`}
          first={formOf(schedule)}
          before={{ schedule, etag }}
        />
      )}
    </Loading>
  );
}

interface Before {
  schedule: Schedule;
  etag: string | null;
}

/** What is kept of a draft: the form, and the version it was begun from. */
interface Draft {
  form: Form;
  before: Before | null;
}

interface EditorProps {
  title: string;
  draftKey: string;
  first: Form;
  before?: Before;
}

function Editor({ title, draftKey, first, before }: EditorProps) {
  const words = useWords();
  const navigate = useNavigate();
  const [draft, setDraft, drop, isTouched] = useDraft<Draft>(draftKey, {
    form: first,
    before: before ?? null,
  });
  // A draft of an earlier version of the page may lack a field.
  const form = useMemo(() => ({ ...EMPTY, ...draft.form }), [draft.form]);
  const base = draft.before;
  const [key, setKey] = useState(newIdempotencyKey);
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const [warnings, setWarnings] = useState<{ id: string; list: Warning[] } | null>(null);
  const definition = useMemo(() => definitionOf(form, base?.schedule), [form, base]);

  const save = useMutation({
    mutationFn: async (given: { etag?: string | null; changes?: Definition } = {}) =>
      base
        ? saveChanges(
            base.schedule.id,
            given.changes ?? changesOf(base, definition),
            given.etag ?? base.etag,
          )
        : create(form, definition, key),
    onSuccess: ({ schedule, warnings: list }) => {
      drop();
      setTheirs(null);
      queryClient.removeQueries({ queryKey: ["schedules", "one", schedule.id] });
      touched("schedules", "overview", "forecast");
      tell({ text: words.editor.saved(schedule.name) });
      if (list.length > 0) setWarnings({ id: schedule.id, list });
      else
        void navigate({ to: "/schedules/$id", params: { id: schedule.id }, ignoreBlocker: true });
    },
    onError: async (error) => {
      if (problemOf(error)?.status === STALE && base) setTheirs(await readTheirs(base.schedule.id));
    },
  });
  const problem = problemOf(save.error);
  const change = (changes: Partial<Form>) => {
    setDraft({ ...draft, form: { ...form, ...changes } });
    setKey(newIdempotencyKey());
  };
  const patch = base ? changesOf(base, definition) : null;
  const preview = useDraftPreview(
    patch ?? { ...definition, enabled: true },
    base?.schedule.id ?? null,
  );
  const isMovable = form.cadence === "cron" && fixedMinute(form.expression) !== null;
  const trial = useTrial(
    base?.schedule.id ?? null,
    patch ?? definition,
    isMovable && preview.data?.errors.length === 0,
  );
  // What was refused is told at each field; before that, what is wrong with what was written already.
  const wrong = (field: string) =>
    problem?.at(field) || (isWritten(form, field) ? errorAt(preview.data, field) : undefined);
  const blocker = useBlocker({
    shouldBlockFn: () => isTouched && warnings === null && !save.isSuccess,
    withResolver: true,
    enableBeforeUnload: false,
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({});
  };
  const parts: PartProps = { form, change, wrong };
  if (warnings) return <Saved title={title} {...warnings} />;
  return (
    <Page title={title} name={title}>
      {isTouched && (
        <p className="hint">
          {words.editor.draftKept}{" "}
          <button
            type="button"
            className="link"
            onClick={() => {
              setDraft({ form: first, before: before ?? null });
              drop();
            }}
          >
            {words.ui.discard}
          </button>
        </p>
      )}
      <form className="editor" onSubmit={submit} noValidate>
        <div className="editor-main">
          <What {...parts} scheduleId={base?.schedule.id ?? null} />
          <When {...parts} />
          <Rules {...parts} />
        </div>
        <aside className="editor-side">
          <Effect
            form={form}
            change={change}
            preview={preview.data}
            trial={trial.data}
            error={preview.error}
          />
          {problem && problem.status !== STALE && <Failure error={problem} />}
          {problem?.body?.errors && (
            <ul className="wrong-list">
              {problem.body.errors.map(({ field, message }) => (
                <li key={field}>
                  <code>{field}</code> {message}
                </li>
              ))}
            </ul>
          )}
          <div className="form-foot">
            <button type="submit" className="button primary" disabled={save.isPending}>
              {words.editor.save}
            </button>
            {base ? (
              <Link to="/schedules/$id" params={{ id: base.schedule.id }} className="button">
                {words.ui.cancel}
              </Link>
            ) : (
              <Link to="/schedules" className="button">
                {words.ui.cancel}
              </Link>
            )}
          </div>
        </aside>
      </form>
      {theirs && base && (
        <Conflict
          base={definitionOf(formOf(base.schedule), base.schedule)}
          yours={definition}
          theirs={theirs}
          isPending={save.isPending}
          onClose={() => setTheirs(null)}
          onSave={(changes) => save.mutate({ etag: theirs.etag, changes })}
        />
      )}
      {blocker.status === "blocked" && (
        <Confirm
          title={words.editor.leave}
          text={words.editor.leaveText}
          deed={words.editor.leaveYes}
          onClose={blocker.reset}
          onConfirm={blocker.proceed}
        />
      )}
    </Page>
  );
}

/** It is saved; what is worth knowing about it is said before one goes on. */
function Saved({ title, id, list }: { title: string; id: string; list: Warning[] }) {
  const words = useWords();
  return (
    <Page title={title} name={title}>
      <div className="banner is-warning" role="alert">
        <div>
          <strong>
            {list.some(({ code }) => code === "overlap")
              ? words.editor.overlap
              : words.editor.warnings}
          </strong>
          <ul>
            {list.map((warning) => (
              <li key={`${warning.code} ${warning.schedule_id} ${warning.at}`}>
                {warning.message}
              </li>
            ))}
          </ul>
        </div>
      </div>
      <p className="actions">
        <Link to="/schedules/$id" params={{ id }} className="button primary">
          {words.editor.back}
        </Link>
        <Link to="/schedules/$id" params={{ id }} search={{ edit: "yes" }} className="button">
          {words.schedules.edit}
        </Link>
      </p>
    </Page>
  );
}

/** Whether there is anything in a field that could be wrong yet. */
function isWritten(form: Form, field: string): boolean {
  const texts: Record<string, string> = {
    name: form.name,
    "target.name": form.job,
    "target.url": form.url,
    "target.function_arn": form.arn,
    "target.state_machine_arn": form.arn,
    "cadence.at": form.at,
  };
  return texts[field] !== "";
}

function errorAt(preview: Preview | undefined, field: string): string | undefined {
  return preview?.errors
    .filter((each) => each.field === field || each.field.startsWith(`${field}.`))
    .map((each) => each.message)
    .join("; ");
}

function changesOf(base: Before, definition: Definition): Definition {
  return changesBetween(definitionOf(formOf(base.schedule), base.schedule), definition);
}

async function create(form: Form, definition: Definition, key: string) {
  const { data } = await answered(
    api.POST("/v1/schedules", {
      params: { header: { "Idempotency-Key": key } },
      body: { ...definition, enabled: form.enabled } as never,
    }),
  );
  return data;
}

async function saveChanges(id: string, changes: Definition, etag: string | null) {
  const { data } = await answered(
    api.PATCH("/v1/schedules/{schedule_id}", {
      params: {
        path: { schedule_id: id },
        header: { ...(etag && { "If-Match": etag }) },
        query: { ...("target" in changes && { replace: "target" as const }) },
      },
      body: changes as never,
    }),
  );
  return data;
}

async function readTheirs(id: string): Promise<Theirs> {
  const { schedule, etag } = await readSchedule(id);
  return { definition: definitionOf(formOf(schedule), schedule), etag };
}
