import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useWords } from "../i18n/words";
import { useSchedule } from "../schedules/queries";
import { StateBadge } from "../states/states";
import { Dialog } from "../ui/dialog";
import { Empty, Failure, Loading } from "../ui/feedback";
import { LogView } from "./LogView";
import { useRun, useRuns } from "./queries";
import { RunTable } from "./RunTable";
import { Waterfall } from "./Waterfall";

const LIVE_SECONDS = 2;

interface Props {
  scheduleId: string;
  name: string;
  onClose: () => void;
}

/** What a schedule's runs did, from wherever it is listed; a run that is chosen shows its log as it grows. */
export function RunLogDialog({ scheduleId, name, onClose }: Props) {
  const words = useWords();
  const [chosen, setChosen] = useState<string | null>(null);
  const query = useRuns({ schedule: scheduleId }, LIVE_SECONDS);
  const schedule = useSchedule(scheduleId).data?.schedule;
  const runs = query.data?.pages.flatMap((page) => page.items);
  const run = runs?.find((each) => each.id === chosen);
  return (
    <Dialog title={words.runs.logOf(name)} onClose={onClose} wide>
      <div className="dialog-body">
        {schedule?.status === "broken" && (
          <p className="banner is-bad" role="status">
            <StateBadge state="broken" /> {schedule.broken_reason}
          </p>
        )}
        {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
        {runs === undefined && !query.error && <p className="hint">{words.runs.loading}</p>}
        {runs?.length === 0 && <Empty title={words.runs.none} />}
        {runs && runs.length > 0 && (
          <RunTable
            runs={runs}
            chosen={chosen}
            onChoose={({ id }) => setChosen(id === chosen ? null : id)}
          />
        )}
        {query.hasNextPage && (
          <button
            type="button"
            className="button small"
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {words.ui.more}
          </button>
        )}
        {run && <ChosenRun key={run.id} id={run.id} />}
      </div>
    </Dialog>
  );
}

/** What one of the runs did, as it does it. */
function ChosenRun({ id }: { id: string }) {
  const words = useWords();
  return (
    <Loading query={useRun(id)} rows={5}>
      {({ run, lines }) => (
        <section className="dialog-run" aria-label={words.runs.log}>
          <Waterfall run={run} />
          <LogView run={run} lines={lines} />
          <p>
            <Link to="/runs/$id" params={{ id }} className="link">
              {words.runs.openPage}
            </Link>
          </p>
        </section>
      )}
    </Loading>
  );
}
