import { getRouteApi } from "@tanstack/react-router";
import { Download, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { useWords, type Words } from "../i18n/words";
import type { State } from "../states/states";
import { MINE } from "../time/zones";
import { Confirm, Dialog } from "../ui/dialog";
import { csv, download } from "../ui/download";
import { Empty, explained, Failure, Loading } from "../ui/feedback";
import { Choice, Field } from "../ui/field";
import { Menu } from "../ui/menu";
import { Page } from "../ui/page";
import { useSearchChange } from "../ui/search";
import { Time, useNow } from "../ui/time";
import { tell } from "../ui/toast";
import {
  AUDIT_STATES,
  type Audit,
  type AuditState,
  type Deed,
  useAuditDeed,
  useAudits,
  useChangeAudit,
  useCreateAudit,
  type Written,
} from "./queries";

const route = getRouteApi("/audits");
const DAY_MS = 86_400_000;

/** The states of audits look like those of runs that mean the same to a reader. */
const LOOKS: Record<AuditState, State> = {
  draft: "forecast",
  active: "active",
  review_due: "queued",
  inactive: "cancelled",
};

export function AuditsPage() {
  const words = useWords();
  const search = route.useSearch();
  const narrow = useSearchChange();
  const mayChange = useMay("operator");
  const state = AUDIT_STATES.find((each) => each === search.state);
  const query = useAudits(state);
  const [isCreating, setCreating] = useState(false);
  const audits = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title={words.nav.audits}
      name={words.nav.audits}
      actions={
        <>
          <button
            type="button"
            className="button"
            disabled={audits.length === 0}
            onClick={() => download("audits.csv", "text/csv", asCsv(audits))}
          >
            <Download aria-hidden="true" /> CSV
          </button>
          {mayChange && (
            <button type="button" className="button primary" onClick={() => setCreating(true)}>
              <Plus aria-hidden="true" /> {words.audits.create}
            </button>
          )}
        </>
      }
    >
      <div className="filters">
        <Choice<AuditState | "all">
          label={words.schedules.state}
          value={state ?? "all"}
          onChange={(chosen) => narrow({ state: chosen === "all" ? "" : chosen })}
          options={[
            { value: "all", label: words.inbox.all },
            ...AUDIT_STATES.map((each) => ({ value: each, label: words.audits.states[each] })),
          ]}
        />
      </div>
      <Loading query={query} rows={6}>
        {() =>
          audits.length === 0 ? (
            <Empty title={state ? words.ui.nothingMatches : words.audits.none}>
              <p className="hint">{words.audits.noneText}</p>
            </Empty>
          ) : (
            <AuditTable audits={audits} mayChange={mayChange} />
          )
        }
      </Loading>
      {query.hasNextPage && (
        <button type="button" className="button" onClick={() => void query.fetchNextPage()}>
          {words.ui.more}
        </button>
      )}
      {isCreating && <CreateAudit onClose={() => setCreating(false)} />}
    </Page>
  );
}

function AuditTable({ audits, mayChange }: { audits: readonly Audit[]; mayChange: boolean }) {
  const words = useWords();
  const now = useNow();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{words.audits.title}</th>
            <th scope="col">{words.schedules.state}</th>
            <th scope="col">{words.audits.published}</th>
            <th scope="col">{words.audits.left}</th>
            <th scope="col">
              <span className="unseen">{words.ui.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {audits.map((audit) => (
            <tr key={audit.id}>
              <th scope="row">
                {audit.url ? (
                  <a href={audit.url} rel="noreferrer noopener" target="_blank" className="name">
                    {audit.title}
                  </a>
                ) : (
                  <span className="name">{audit.title}</span>
                )}
                {audit.external_id && <span className="why-short">{audit.external_id}</span>}
              </th>
              <td>
                <span className={`state of-${LOOKS[audit.state]}`}>
                  <AuditGlyph state={audit.state} />
                  {words.audits.states[audit.state]}
                </span>
              </td>
              <td>{audit.published_at ? <Time at={audit.published_at} /> : "–"}</td>
              <td>{leftText(words, audit, now)}</td>
              <td className="row-actions">{mayChange && <AuditMenu audit={audit} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AuditGlyph({ state }: { state: AuditState }) {
  return (
    <span className="audit-glyph" aria-hidden="true">
      {{ draft: "✎", active: "✓", review_due: "?", inactive: "■" }[state]}
    </span>
  );
}

function leftText(words: Words, audit: Audit, now: number): string {
  if (audit.state === "inactive" && audit.deactivated_by) {
    return words.audits.by(audit.deactivated_by);
  }
  const at = audit.state === "active" ? audit.review_at : audit.deactivates_at;
  if (!at) return "–";
  const days = Math.max(0, Math.ceil((Date.parse(at) - now) / DAY_MS));
  return audit.state === "active" ? words.audits.asksIn(days) : words.audits.daysLeft(days);
}

const DEEDS: Record<AuditState, readonly Deed[]> = {
  draft: ["publish", "delete"],
  active: ["extend", "deactivate", "delete"],
  review_due: ["extend", "deactivate", "delete"],
  inactive: ["reactivate", "delete"],
};

function AuditMenu({ audit }: { audit: Audit }) {
  const words = useWords();
  const change = useAuditDeed();
  const [open, setOpen] = useState<"delete" | "edit" | "days" | null>(null);
  const close = () => setOpen(null);
  const run = (deed: Deed) =>
    change.mutate(
      { id: audit.id, deed },
      {
        onSuccess: () => tell({ text: words.audits.done[deed](audit.title) }),
        onError: (error) => tell({ text: explained(words, error), isError: true }),
      },
    );
  return (
    <>
      {audit.state === "review_due" && (
        <button type="button" className="button small primary" onClick={() => run("extend")}>
          {words.inbox.keep}
        </button>
      )}
      <Menu
        label={words.schedules.actionsOf(audit.title)}
        items={[
          { id: "edit", label: `${words.schedules.edit}…`, run: () => setOpen("edit") },
          ...DEEDS[audit.state].flatMap((deed) => [
            {
              id: deed,
              label: words.audits.deeds[deed],
              danger: deed === "delete",
              run: () => (deed === "delete" ? setOpen("delete") : run(deed)),
            },
            ...(deed === "extend"
              ? [{ id: "days", label: words.audits.extendFor, run: () => setOpen("days") }]
              : []),
          ]),
        ]}
      />
      {open === "edit" && <EditAudit audit={audit} onClose={close} />}
      {open === "days" && <ExtendAudit audit={audit} onClose={close} />}
      {open === "delete" && (
        <Confirm
          title={words.audits.deleteTitle(audit.title)}
          text={words.audits.deleteText}
          deed={words.schedules.delete}
          onClose={close}
          onConfirm={() => {
            close();
            run("delete");
          }}
        />
      )}
    </>
  );
}

interface DialogProps {
  onClose: () => void;
}

function CreateAudit({ onClose }: DialogProps) {
  const words = useWords();
  const create = useCreateAudit();
  const [written, setWritten] = useState<Written>({ title: "", url: "", externalId: "" });
  const [isPublished, setPublished] = useState(true);
  const [publishedAt, setPublishedAt] = useState("");
  return (
    <AuditDialog
      title={words.audits.create}
      deed={words.ui.create}
      written={written}
      onWritten={setWritten}
      error={create.error}
      isPending={create.isPending}
      onClose={onClose}
      onSubmit={() => {
        const at = publishedAt ? new Date(publishedAt) : new Date();
        create.mutate(
          { ...written, publishedAt: isPublished ? at.toISOString() : null },
          { onSuccess: onClose },
        );
      }}
    >
      <label className="row">
        <input
          type="checkbox"
          checked={isPublished}
          onChange={({ target }) => setPublished(target.checked)}
        />
        {words.audits.isPublished}
      </label>
      {isPublished && (
        <Field
          label={words.audits.published}
          hint={`${words.audits.publishedHint} ${words.editor.atHint(MINE)}`}
          error={problemOf(create.error)?.at("published_at")}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              value={publishedAt}
              onChange={({ target }) => setPublishedAt(target.value)}
            />
          )}
        </Field>
      )}
    </AuditDialog>
  );
}

function EditAudit({ audit, onClose }: DialogProps & { audit: Audit }) {
  const words = useWords();
  const change = useChangeAudit(audit.id);
  const [written, setWritten] = useState<Written>({
    title: audit.title,
    url: audit.url ?? "",
    externalId: audit.external_id ?? "",
  });
  return (
    <AuditDialog
      title={words.editor.editTitle(audit.title)}
      deed={words.ui.save}
      written={written}
      onWritten={setWritten}
      error={change.error}
      isPending={change.isPending}
      onClose={onClose}
      onSubmit={() => change.mutate(written, { onSuccess: onClose })}
    />
  );
}

interface AuditDialogProps extends DialogProps {
  title: string;
  deed: string;
  written: Written;
  onWritten: (written: Written) => void;
  error: unknown;
  isPending: boolean;
  onSubmit: () => void;
  children?: ReactNode;
}

/** The fields that a new audit and a changed one share. */
function AuditDialog(props: AuditDialogProps) {
  const { title, deed, written, onWritten, error, isPending, onSubmit, onClose, children } = props;
  const words = useWords();
  const problem = problemOf(error);
  const fields = [
    { name: "title", field: "title", label: words.audits.title },
    { name: "url", field: "url", label: "URL" },
    {
      name: "externalId",
      field: "external_id",
      label: words.audits.externalId,
      hint: words.audits.externalIdHint,
    },
  ] as const;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <div className="dialog-body stack">
          {fields.map(({ name, field, label, ...more }) => (
            <Field key={name} label={label} {...more} error={problem?.at(field)}>
              {(attributes) => (
                <input
                  {...attributes}
                  required={name === "title"}
                  type={name === "url" ? "url" : "text"}
                  value={written[name]}
                  onChange={({ target }) => onWritten({ ...written, [name]: target.value })}
                />
              )}
            </Field>
          ))}
          {children}
          {problem && !problem.body?.errors && <Failure error={problem} />}
        </div>
        <footer className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            {words.ui.cancel}
          </button>
          <button type="submit" className="button primary" disabled={isPending}>
            {deed}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Keep an audit active for so many days, other than the settings say. */
function ExtendAudit({ audit, onClose }: DialogProps & { audit: Audit }) {
  const words = useWords();
  const extend = useAuditDeed();
  const [days, setDays] = useState("30");
  const problem = problemOf(extend.error);
  return (
    <Dialog title={words.audits.extendTitle(audit.title)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          extend.mutate(
            { id: audit.id, deed: "extend", days: Number(days) },
            {
              onSuccess: () => {
                tell({ text: words.audits.done.extend(audit.title) });
                onClose();
              },
            },
          );
        }}
      >
        <div className="dialog-body stack">
          <Field label={words.audits.days} hint={words.audits.daysHint} error={problem?.at("days")}>
            {(attributes) => (
              <input
                {...attributes}
                required
                type="number"
                min={1}
                max={3650}
                value={days}
                onChange={({ target }) => setDays(target.value)}
              />
            )}
          </Field>
          {problem && !problem.body?.errors && <Failure error={problem} />}
        </div>
        <footer className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            {words.ui.cancel}
          </button>
          <button type="submit" className="button primary" disabled={extend.isPending}>
            {words.audits.deeds.extend}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function asCsv(audits: readonly Audit[]): string {
  return csv([
    ["id", "title", "url", "external_id", "state", "published_at", "review_at", "deactivates_at"],
    ...audits.map((audit) => [
      audit.id,
      audit.title,
      audit.url,
      audit.external_id,
      audit.state,
      audit.published_at,
      audit.review_at,
      audit.deactivates_at,
    ]),
  ]);
}
