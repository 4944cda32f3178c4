import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useMay } from "../api/me";
import { problemOf } from "../api/problem";
import { useWords } from "../i18n/words";
import { Failure } from "../ui/feedback";
import { Field } from "../ui/field";
import { tell } from "../ui/toast";
import { type Pool, useSaveSettings } from "./queries";

interface Props {
  pools: Record<string, Pool>;
  etag: string | null;
}

/** Sets of slots besides `main`: how large each is, and whose schedules may name it. */
export function Pools({ pools, etag }: Props) {
  const words = useWords();
  const isOwner = useMay("owner");
  const save = useSaveSettings();
  const problem = problemOf(save.error);
  const names = Object.keys(pools).filter((name) => name !== "main");
  const change = (name: string, pool: Pool | null) =>
    save.mutate(
      { changes: { pools: { [name]: pool } }, etag },
      { onSuccess: () => tell({ text: words.settings.saved }) },
    );
  return (
    <section>
      <h2>{words.pools.title}</h2>
      <p className="hint">{words.pools.text}</p>
      {names.length > 0 && (
        <div className="table-scroll pools-table">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{words.schedules.name}</th>
                <th scope="col">{words.settings.names.capacity.label}</th>
                <th scope="col">{words.health.tenants}</th>
                <th scope="col">
                  <span className="unseen">{words.ui.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{pools[name]?.capacity}</td>
                  <td>{pools[name]?.tenants?.join(", ") ?? "*"}</td>
                  <td className="row-actions">
                    {isOwner && (
                      <button
                        type="button"
                        className="icon-button"
                        aria-label={words.pools.remove(name)}
                        disabled={save.isPending}
                        onClick={() => change(name, null)}
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
      )}
      {isOwner && <PoolForm isPending={save.isPending} onSave={change} problem={problem} />}
      {problem && !problem.body?.errors && <Failure error={problem} />}
    </section>
  );
}

interface FormProps {
  isPending: boolean;
  onSave: (name: string, pool: Pool) => void;
  problem: ReturnType<typeof problemOf>;
}

/** A pool to make, or one of that name to change. */
function PoolForm({ isPending, onSave, problem }: FormProps) {
  const words = useWords();
  const [name, setName] = useState("");
  const [capacity, setCapacity] = useState("1");
  const [tenants, setTenants] = useState("*");
  const asked = tenants.split(/[\s,]+/).filter(Boolean);
  return (
    <form
      className="pool-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(name.trim(), { capacity: Number(capacity), tenants: asked });
      }}
    >
      <Field label={words.schedules.name} error={problem?.at("pools")}>
        {(attributes) => (
          <input
            {...attributes}
            required
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        )}
      </Field>
      <Field label={words.settings.names.capacity.label}>
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
      <Field label={words.health.tenants} hint={words.pools.tenantsHint}>
        {(attributes) => (
          <input
            {...attributes}
            value={tenants}
            onChange={({ target }) => setTenants(target.value)}
          />
        )}
      </Field>
      <button type="submit" className="button" disabled={isPending}>
        {words.ui.save}
      </button>
    </form>
  );
}
