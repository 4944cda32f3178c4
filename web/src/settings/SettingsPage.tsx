import { useMemo } from "react";
import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { useWords } from "../i18n/words";
import { useTimes } from "../time/times";
import { useDraft } from "../ui/draft";
import { Failure, Loading } from "../ui/feedback";
import { Field } from "../ui/field";
import { Page } from "../ui/page";
import { tell } from "../ui/toast";
import { Kinds } from "./Kinds";
import { Pools } from "./Pools";
import {
  type Pool,
  type Settings,
  useLimits,
  useSaveSettings,
  useSettings,
  type Value,
} from "./queries";

const STALE = 412;

export function SettingsPage() {
  const words = useWords();
  const query = useSettings();
  return (
    <Page title={words.nav.settings} name={words.nav.settings}>
      <Loading query={query} rows={8}>
        {({ settings, etag }) => (
          <>
            <Form key={etag} settings={settings} etag={etag} />
            <Pools pools={settings.pools as unknown as Record<string, Pool>} etag={etag} />
            <Kinds
              chosen={{
                topic_kinds: settings.topic_kinds as string[],
                webhook_kinds: settings.webhook_kinds as string[],
              }}
              etag={etag}
            />
          </>
        )}
      </Loading>
      <Limits />
    </Page>
  );
}

/** Every setting that is a number, by its path; owners may change it. */
function Form({ settings, etag }: { settings: Settings; etag: string | null }) {
  const words = useWords();
  const isOwner = useMay("owner");
  const save = useSaveSettings();
  const numbers = useMemo(() => numbersOf(settings), [settings]);
  const [draft, setDraft, drop, isTouched] = useDraft<Record<string, string>>("settings", {});
  const problem = problemOf(save.error);
  const changed = Object.entries(draft).filter(
    ([path, text]) => numbers[path] !== undefined && text !== String(numbers[path]),
  );
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          { changes: asPatch(changed), etag },
          {
            onSuccess: () => {
              drop();
              tell({ text: words.settings.saved });
            },
          },
        );
      }}
    >
      {!isOwner && <p className="hint">{words.settings.ownersOnly}</p>}
      <section className="card">
        <h2>{words.settings.general}</h2>
        <div className="settings-grid">
          {Object.entries(numbers)
            .filter(([path]) => !path.startsWith("limits."))
            .map(([path, value]) => (
              <Setting
                key={path}
                path={path}
                value={draft[path] ?? String(value)}
                isOwner={isOwner}
                error={problem?.at(path)}
                onChange={(text) => setDraft({ ...draft, [path]: text })}
              />
            ))}
        </div>
      </section>
      <section className="card">
        <h2>{words.settings.limits}</h2>
        <p className="hint">{words.settings.limitsText}</p>
        <div className="settings-grid">
          {Object.entries(numbers)
            .filter(([path]) => path.startsWith("limits."))
            .map(([path, value]) => (
              <Setting
                key={path}
                path={path}
                value={draft[path] ?? String(value)}
                isOwner={isOwner}
                error={problem?.at(path)}
                onChange={(text) => setDraft({ ...draft, [path]: text })}
              />
            ))}
        </div>
      </section>
      {problem && !problem.body?.errors && <Failure error={problem} />}
      {problem?.status === STALE && <p className="hint">{words.settings.stale}</p>}
      {isOwner && (
        <div className="form-foot">
          <button
            type="submit"
            className="button primary"
            disabled={changed.length === 0 || save.isPending}
          >
            {words.ui.save}
          </button>
          {isTouched && changed.length > 0 && (
            <button
              type="button"
              className="button"
              onClick={() => {
                setDraft({});
                drop();
              }}
            >
              {words.ui.discard}
            </button>
          )}
        </div>
      )}
    </form>
  );
}

interface SettingProps {
  path: string;
  value: string;
  isOwner: boolean;
  error: string | undefined;
  onChange: (text: string) => void;
}

function Setting({ path, value, isOwner, error, onChange }: SettingProps) {
  const words = useWords();
  const known = words.settings.names[path as keyof typeof words.settings.names];
  return (
    <Field label={known?.label ?? path} {...(known?.hint && { hint: known.hint })} error={error}>
      {(attributes) => (
        <input
          {...attributes}
          type="number"
          value={value}
          readOnly={!isOwner}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

/** How much of each limit is used. */
function Limits() {
  const words = useWords();
  const times = useTimes();
  const query = useLimits();
  return (
    <section className="card">
      <h2>{words.settings.used}</h2>
      <Loading query={query} rows={4}>
        {({ limits }) => (
          <ul className="limits">
            {Object.entries(limits)
              .filter(([, { used }]) => used !== null)
              .map(([name, { limit, used }]) => (
                <li key={name}>
                  <span>
                    {words.settings.names[`limits.${name}` as keyof typeof words.settings.names]
                      ?.label ?? name}
                  </span>
                  <meter
                    min={0}
                    max={Math.max(limit, 1)}
                    high={limit * 0.8}
                    value={used ?? 0}
                    aria-label={name}
                  />
                  <span className="number">
                    {times.number(used ?? 0)} / {times.number(limit)}
                  </span>
                </li>
              ))}
          </ul>
        )}
      </Loading>
    </section>
  );
}

function numbersOf(settings: Settings): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "number") found[name] = value;
    else if (isGroup(value)) {
      for (const [inner, number] of Object.entries(value)) {
        if (typeof number === "number") found[`${name}.${inner}`] = number;
      }
    }
  }
  return found;
}

function isGroup(value: Value): value is { [name: string]: number } {
  return typeof value === "object" && !Array.isArray(value);
}

/** The merge patch of what was typed: paths as the groups they stand for. */
function asPatch(changed: [string, string][]): Partial<Settings> {
  const patch: Record<string, Value> = {};
  for (const [path, text] of changed) {
    const [group = "", inner] = path.split(".");
    if (inner === undefined) patch[group] = Number(text);
    else patch[group] = { ...(patch[group] as { [name: string]: number }), [inner]: Number(text) };
  }
  return patch;
}
