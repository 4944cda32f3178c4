import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { useWords } from "../i18n/words";
import { Confirm, Dialog } from "../ui/dialog";
import { explained, Failure } from "../ui/feedback";
import { Field } from "../ui/field";
import { tell } from "../ui/toast";
import { type Pool, useSaveSettings } from "./queries";

const MAIN = "main";

interface Props {
  pools: Record<string, Pool>;
  etag: string | null;
}

/** Sets of slots: how large each is, whose schedules may name it, and who has several turns in a row. */
export function Pools({ pools, etag }: Props) {
  const words = useWords();
  const isOwner = useMay("owner");
  const save = useSaveSettings();
  const [edited, setEdited] = useState<string | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  return (
    <section className="card">
      <div className="card-head">
        <h2>{words.pools.title}</h2>
        {isOwner && (
          <button type="button" className="button small" onClick={() => setEdited("")}>
            <Plus aria-hidden="true" /> {words.pools.create}
          </button>
        )}
      </div>
      <p className="hint">{words.pools.text}</p>
      <div className="table-scroll pools-table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.schedules.name}</th>
              <th scope="col" className="number">
                {words.settings.names.capacity.label}
              </th>
              <th scope="col">{words.health.tenants}</th>
              <th scope="col">{words.pools.weights}</th>
              <th scope="col">
                <span className="unseen">{words.ui.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(pools).map(([name, pool]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="number">{pool.capacity}</td>
                <td>{tenantsOf(pool)}</td>
                <td>{textOf(pool.weights) || "–"}</td>
                <td className="row-actions">
                  {isOwner && (
                    <button
                      type="button"
                      className="icon-button"
                      aria-label={words.pools.change(name)}
                      onClick={() => setEdited(name)}
                    >
                      <Pencil aria-hidden="true" />
                    </button>
                  )}
                  {isOwner && name !== MAIN && (
                    <button
                      type="button"
                      className="icon-button"
                      aria-label={words.pools.remove(name)}
                      disabled={save.isPending}
                      onClick={() => setRemoved(name)}
                    >
                      <Trash2 aria-hidden="true" />
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {edited !== null && (
        <PoolDialog
          name={edited}
          pool={pools[edited]}
          etag={etag}
          onClose={() => setEdited(null)}
        />
      )}
      {removed !== null && (
        <Confirm
          title={`${words.pools.remove(removed)}?`}
          text={words.pools.removeText}
          deed={words.schedules.delete}
          onClose={() => setRemoved(null)}
          onConfirm={() => {
            setRemoved(null);
            save.mutate(
              { changes: { pools: { [removed]: null } }, etag },
              {
                onSuccess: () => tell({ text: words.settings.saved }),
                onError: (error) => tell({ text: explained(words, error), isError: true }),
              },
            );
          }}
        />
      )}
    </section>
  );
}

interface DialogProps {
  /** Which pool is changed; empty for a new one. */
  name: string;
  pool: Pool | undefined;
  etag: string | null;
  onClose: () => void;
}

function PoolDialog({ name: before, pool, etag, onClose }: DialogProps) {
  const words = useWords();
  const save = useSaveSettings();
  const problem = problemOf(save.error);
  const [name, setName] = useState(before);
  const [capacity, setCapacity] = useState(String(pool?.capacity ?? 1));
  const [tenants, setTenants] = useState(tenantsOf(pool));
  const [weights, setWeights] = useState(textOf(pool?.weights));
  const path = `pools.${name.trim()}`;
  return (
    <Dialog title={before ? words.pools.change(before) : words.pools.create} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const changed = {
            capacity: Number(capacity),
            tenants: tenants.split(/[\s,]+/).filter(Boolean),
            weights: weightsOf(weights, pool?.weights),
          };
          save.mutate(
            { changes: { pools: { [name.trim()]: changed } }, etag },
            {
              onSuccess: () => {
                tell({ text: words.settings.saved });
                onClose();
              },
            },
          );
        }}
      >
        <div className="dialog-body stack">
          {before === "" && (
            <Field
              label={words.schedules.name}
              hint={words.pools.nameHint}
              error={problem?.at("pools")}
            >
              {(attributes) => (
                <input
                  {...attributes}
                  required
                  value={name}
                  onChange={({ target }) => setName(target.value)}
                />
              )}
            </Field>
          )}
          <Field
            label={words.settings.names.capacity.label}
            hint={words.pools.capacityHint}
            error={problem?.at(`${path}.capacity`)}
          >
            {(attributes) => (
              <input
                {...attributes}
                type="number"
                min={1}
                value={capacity}
                onChange={({ target }) => setCapacity(target.value)}
              />
            )}
          </Field>
          <Field
            label={words.health.tenants}
            hint={words.pools.tenantsHint}
            error={problem?.at(`${path}.tenants`)}
          >
            {(attributes) => (
              <input
                {...attributes}
                value={tenants}
                onChange={({ target }) => setTenants(target.value)}
              />
            )}
          </Field>
          <Field
            label={words.pools.weights}
            hint={words.pools.weightsHint}
            error={problem?.at(`${path}.weights`)}
          >
            {(attributes) => (
              <input
                {...attributes}
                placeholder="acme=3, other=2"
                value={weights}
                onChange={({ target }) => setWeights(target.value)}
              />
            )}
          </Field>
          {problem && <Failure error={problem} />}
        </div>
        <footer className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            {words.ui.cancel}
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            {words.ui.save}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function tenantsOf(pool: Pool | undefined): string {
  return pool?.tenants?.join(", ") ?? "*";
}

function textOf(weights: Pool["weights"]): string {
  return Object.entries(weights ?? {})
    .map(([tenant, turns]) => `${tenant}=${turns}`)
    .join(", ");
}

/** The merge patch to what was written: a tenant that is not named any more has no weight any more. */
export function weightsOf(text: string, before: Pool["weights"]): Record<string, unknown> {
  const gone = Object.keys(before ?? {}).map((tenant) => [tenant, null] as const);
  const given = text
    .split(",")
    .map((each) => each.split("=").map((part) => part.trim()))
    .filter(([tenant]) => tenant)
    // What is no number is sent as it is: the API says that it is wrong.
    .map(([tenant = "", turns = ""]) => [tenant, Number(turns) || turns] as const);
  return Object.fromEntries([...gone, ...given]);
}
