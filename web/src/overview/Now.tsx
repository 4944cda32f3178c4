import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useMay, useMe } from "../api/me";
import { useWords } from "../i18n/words";
import { useCancel } from "../runs/queries";
import { Glyph } from "../states/states";
import { useTimes } from "../time/times";
import { announce } from "../ui/announce";
import { Confirm } from "../ui/dialog";
import { explained } from "../ui/feedback";
import { Relative, Time } from "../ui/time";
import { tell } from "../ui/toast";
import type { Holder, Overview, Pool, Waiting } from "./queries";

const SHOWN = 5;

/** Who holds the slots now, and who comes then. */
export function Now({ overview }: { overview: Overview }) {
  const words = useWords();
  useHandOvers(overview);
  return (
    <section className="card card-now" aria-labelledby="now">
      <h2 id="now">{words.overview.now}</h2>
      {overview.pools.map((pool) => (
        <PoolNow key={pool.name} pool={pool} isOnly={overview.pools.length === 1} />
      ))}
    </section>
  );
}

/** Say when a slot passes from one run to the next. */
function useHandOvers(overview: Overview) {
  const words = useWords();
  const before = useRef(new Map<string, { runId: string | null; name: string }>());
  useEffect(() => {
    const now = new Map<string, { runId: string | null; name: string }>();
    for (const pool of overview.pools) {
      for (const holder of pool.holders) {
        const slot = `${pool.name} ${holder.slot}`;
        const name = holder.schedule_name ?? words.overview.otherTenant;
        now.set(slot, { runId: holder.run_id, name });
        const last = before.current.get(slot);
        if (last && last.runId !== holder.run_id) {
          announce(words.overview.handedOver(last.name, name));
        }
      }
    }
    before.current = now;
  }, [overview, words]);
}

function PoolNow({ pool, isOnly }: { pool: Pool; isOnly: boolean }) {
  const words = useWords();
  return (
    <div className="pool">
      {(!isOnly || pool.capacity > 1) && (
        <h3>{words.overview.pool(pool.name, pool.holders.length, pool.capacity)}</h3>
      )}
      {pool.holders.length === 0 && (
        <p className="slot-free">
          <Glyph state="succeeded" /> <strong>{words.overview.slotFree}.</strong>{" "}
          <span className="hint">{words.overview.slotFreeText}</span>
        </p>
      )}
      {pool.holders.map((holder) => (
        <HolderNow key={`${holder.slot} ${holder.run_id}`} holder={holder} />
      ))}
      {pool.queue.length > 0 && <Queue pool={pool} />}
    </div>
  );
}

function HolderNow({ holder }: { holder: Holder }) {
  const words = useWords();
  const times = useTimes();
  const mayChange = useMay("operator");
  const cancel = useCancel();
  const [isAsking, setAsking] = useState(false);
  const { progress } = holder;
  const me = useMe().data;
  // Owners are told of other tenants' runs, too; what else there is of those is that tenant's own.
  const isForeign =
    me !== undefined && holder.tenant_id !== null && holder.tenant_id !== me.tenant_id;
  const isOwn = holder.run_id !== null && !isForeign;
  const name = holder.schedule_name ?? words.overview.otherTenant;
  const part = progress && progress.total > 0 ? progress.done / progress.total : null;
  return (
    <div className={isOwn ? "holder" : "holder is-foreign"}>
      <div className="holder-head">
        <Glyph state="running" />
        {isOwn && holder.schedule_id ? (
          <Link to="/schedules/$id" params={{ id: holder.schedule_id }} className="holder-name">
            {name}
          </Link>
        ) : (
          <span className="holder-name">{name}</span>
        )}
        {isForeign && <span className="tag">{holder.tenant_id}</span>}
        {holder.forced && <span className="tag">{words.runs.forced}</span>}
        {part !== null && <span className="holder-part">{Math.round(100 * part)} %</span>}
        <span className="spring" />
        {holder.run_id && (
          <span className="actions">
            {isOwn && (
              <Link to="/runs/$id" params={{ id: holder.run_id }} className="button small">
                {words.runs.log}
              </Link>
            )}
            {mayChange && (
              <button
                type="button"
                className="button small danger"
                disabled={cancel.isPending || holder.cancel_requested_at !== null}
                onClick={() => setAsking(true)}
              >
                {words.runs.cancel}
              </button>
            )}
          </span>
        )}
      </div>
      <div
        className={part === null ? "progress is-unknown" : "progress"}
        role="progressbar"
        aria-label={`${name}: ${words.runs.progress}`}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(part !== null && { "aria-valuenow": Math.round(100 * part) })}
      >
        <span style={{ width: part === null ? "100%" : `${100 * part}%` }} />
      </div>
      <p className="holder-facts">
        {holder.since && (
          <span>
            {words.overview.since} <Time at={holder.since} />
          </span>
        )}
        {holder.steps ? (
          <span>
            {words.overview.step(
              times.number(holder.steps),
              holder.max_steps ? times.number(holder.max_steps) : null,
            )}
          </span>
        ) : null}
        {holder.expected_end_at && (
          <span>
            {words.overview.endsAbout} <Time at={holder.expected_end_at} />
          </span>
        )}
        {holder.lease_expires_at && isOwn && (
          <span>
            {words.overview.leaseUntil} {times.seconds(holder.lease_expires_at)}
          </span>
        )}
        {holder.cancel_requested_at && <span className="is-bad">{words.runs.askedToStop}</span>}
      </p>
      {isAsking && holder.run_id && (
        <Confirm
          title={words.runs.cancelTitle(name)}
          text={words.runs.cancelText}
          deed={words.runs.cancel}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            if (holder.run_id) {
              cancel.mutate(
                { id: holder.run_id, tenantId: isForeign ? holder.tenant_id : null },
                {
                  onError: (error) => tell({ text: explained(words, error), isError: true }),
                },
              );
            }
          }}
        />
      )}
    </div>
  );
}

/** Who waits, in the order in which they will be served. */
function Queue({ pool }: { pool: Pool }) {
  const words = useWords();
  const more = pool.waiting - Math.min(SHOWN, pool.queue.length);
  return (
    <div className="queue">
      <h3>{words.overview.after}</h3>
      <ol>
        {pool.queue.slice(0, SHOWN).map((waiting) => (
          <li key={waiting.run_id ?? waiting.position}>
            <QueueItem waiting={waiting} />
          </li>
        ))}
      </ol>
      {more > 0 && (
        <Link to="/runs" search={{ status: "queued" }} className="link">
          {words.overview.moreWaiting(more)}
          {pool.waiting_is_at_least ? "+" : ""}
        </Link>
      )}
    </div>
  );
}

function QueueItem({ waiting }: { waiting: Waiting }) {
  const words = useWords();
  const name = waiting.schedule_name ?? words.overview.otherTenant;
  return (
    <>
      <span className="queue-place">{waiting.position}</span>
      {waiting.run_id ? (
        <Link to="/runs/$id" params={{ id: waiting.run_id }} className="queue-name">
          {name}
        </Link>
      ) : (
        <span className="queue-name hint">{name}</span>
      )}
      {waiting.is_behind_its_own && <span className="hint">{words.overview.behindItsOwn}</span>}
      {waiting.expected_start_at && (
        <span className="hint">
          ~<Time at={waiting.expected_start_at} /> · <Relative at={waiting.expected_start_at} />
        </span>
      )}
    </>
  );
}
