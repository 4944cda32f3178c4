import { useMutation, useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { api, call } from "../api/client";
import { useMay } from "../api/me";
import { every } from "../api/pace";
import { touched } from "../api/queries";
import { useWords } from "../i18n/words";
import { about } from "../time/times";
import { Empty, explained, Loading } from "../ui/feedback";
import { Page } from "../ui/page";
import { Time } from "../ui/time";
import { tell } from "../ui/toast";
import { Signals } from "./Signals";

const SECONDS = 30;

export function HealthPage() {
  const words = useWords();
  const mayTick = useMay("operator");
  const mayRedrive = useMay("owner");
  const query = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => call(api.GET("/v1/health", { signal })),
    refetchInterval: () => every(SECONDS),
  });
  return (
    <Page title={words.nav.health} name={words.nav.health} actions={mayTick && <TickNow />}>
      <Loading query={query} rows={6}>
        {(health) => (
          <>
            <dl className="stats">
              <div className="stat">
                <dt>{words.health.overall}</dt>
                <dd className={health.overall === "OK" ? "is-good" : "is-bad"}>
                  {words.health.levels[health.overall]}
                </dd>
              </div>
              <div className="stat">
                <dt>{words.health.lastTick}</dt>
                <dd>
                  {health.last_tick_age_seconds === null
                    ? words.health.never
                    : words.ui.ago(about(health.last_tick_age_seconds * 1000))}
                </dd>
              </div>
              <div className="stat">
                <dt>{words.health.deadLetters}</dt>
                <dd className={health.dead_letters ? "is-bad" : ""}>{health.dead_letters}</dd>
              </div>
              <div className="stat">
                <dt>{words.health.putAside}</dt>
                <dd className={health.put_aside ? "is-bad" : ""}>{health.put_aside}</dd>
              </div>
            </dl>
            {health.warnings.map((warning) => (
              <p key={`${warning.code} ${warning.message}`} className="banner is-warning">
                {warning.message}
              </p>
            ))}
            <section>
              <h2 className="section-title">{words.health.tenants}</h2>
              <div className="table-scroll">
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{words.health.tenant}</th>
                      <th scope="col">{words.schedules.state}</th>
                      <th scope="col" className="number">
                        {words.health.pending}
                      </th>
                      <th scope="col" className="number">
                        {words.health.running}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {health.tenants.map((tenant) => (
                      <tr key={tenant.tenant_id}>
                        <th scope="row">{tenant.tenant_id}</th>
                        <td className={tenant.status === "OK" ? "is-good" : "is-bad"}>
                          {words.health.levels[tenant.status]}
                        </td>
                        <td className="number">
                          {tenant.pending}
                          {tenant.pending_is_at_least ? "+" : ""}
                        </td>
                        <td className="number">{tenant.running}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
            <Signals />
            {mayRedrive && <DeadLetters />}
          </>
        )}
      </Loading>
    </Page>
  );
}

/** A pass by hand, and what it did. */
function TickNow() {
  const words = useWords();
  const tick = useMutation({
    mutationFn: () => call(api.POST("/v1/tick")),
    onSuccess: ({ reaped, fired, skipped, claimed }) =>
      tell({ text: words.health.ticked({ reaped, fired, skipped, claimed }) }),
    onError: (error) => tell({ text: explained(words, error), isError: true }),
    onSettled: () => touched("health", "overview", "runs", "timeline"),
  });
  return (
    <button
      type="button"
      className="button"
      disabled={tick.isPending}
      onClick={() => tick.mutate()}
    >
      <RotateCw aria-hidden="true" /> {words.health.tickNow}
    </button>
  );
}

/** Messages that were delivered three times without success; owners may send them again. */
function DeadLetters() {
  const words = useWords();
  const query = useQuery({
    queryKey: ["health", "dead-letters"],
    queryFn: ({ signal }) => call(api.GET("/v1/dead-letters", { signal })),
    refetchInterval: () => every(SECONDS),
  });
  const redrive = useMutation({
    mutationFn: () => call(api.POST("/v1/dead-letters/redrive")),
    onSuccess: ({ moved }) => tell({ text: words.health.redriven(moved) }),
    onError: (error) => tell({ text: explained(words, error), isError: true }),
    onSettled: () => touched("health"),
  });
  return (
    <section className="card">
      <h2>{words.health.deadLetters}</h2>
      <Loading query={query} rows={2}>
        {(letters) =>
          letters.items.length === 0 ? (
            <Empty title={words.health.noDeadLetters} />
          ) : (
            <>
              <button
                type="button"
                className="button"
                disabled={redrive.isPending}
                onClick={() => redrive.mutate()}
              >
                {words.health.redrive}
              </button>
              <ul className="letters">
                {letters.items.map((letter) => (
                  <li key={letter.id}>
                    <strong>{letter.kind}</strong>{" "}
                    {letter.sent_at && <Time at={letter.sent_at} withSeconds />} ·{" "}
                    {words.health.receives(letter.receives)}
                    <pre className="code">{JSON.stringify(letter.content, null, 2)}</pre>
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loading>
    </section>
  );
}
