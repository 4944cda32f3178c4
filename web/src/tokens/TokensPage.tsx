import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, call, newIdempotencyKey, type Schemas } from "../api/client";
import { type Scope, useMe } from "../api/me";
import { every } from "../api/pace";
import { problemOf } from "../api/problem";
import { touched } from "../api/queries";
import { useWords } from "../i18n/words";
import { CopyButton } from "../ui/copy";
import { Confirm, Dialog } from "../ui/dialog";
import { Empty, explained, Failure, Loading } from "../ui/feedback";
import { Field } from "../ui/field";
import { Menu } from "../ui/menu";
import { Page } from "../ui/page";
import { Time } from "../ui/time";
import { tell } from "../ui/toast";

type Token = Schemas["Token"];

const SECONDS = 60;
const DAYS = 90;
const DAY_MS = 86_400_000;

/** What is offered: no token outlives the one that it is made with. */
function mostDays(until: string | null | undefined): number {
  if (!until) return DAYS;
  return Math.max(1, Math.min(DAYS, Math.floor((Date.parse(until) - Date.now()) / DAY_MS)));
}

export function TokensPage() {
  const words = useWords();
  const [isCreating, setCreating] = useState(false);
  const [secret, setSecret] = useState<{ name: string; secret: string } | null>(null);
  const query = useInfiniteQuery({
    queryKey: ["tokens"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/v1/tokens", {
          params: { query: { limit: 100, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: () => every(SECONDS),
  });
  const tokens = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title={words.nav.tokens}
      name={words.nav.tokens}
      actions={
        <button type="button" className="button primary" onClick={() => setCreating(true)}>
          <Plus aria-hidden="true" /> {words.tokens.create}
        </button>
      }
    >
      <Loading query={query} rows={5}>
        {() =>
          tokens.length === 0 ? (
            <Empty title={words.tokens.none} />
          ) : (
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{words.schedules.name}</th>
                    <th scope="col">{words.tokens.scope}</th>
                    <th scope="col">{words.schedules.created}</th>
                    <th scope="col">{words.tokens.expires}</th>
                    <th scope="col">{words.tokens.lastUsed}</th>
                    <th scope="col">
                      <span className="unseen">{words.ui.actions}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {tokens.map((token) => (
                    <tr key={token.id}>
                      <th scope="row">
                        <span className="name">{token.name}</span>
                        <span className="why-short">{words.tokens.by(token.created_by)}</span>
                      </th>
                      <td>{token.scopes.join(", ")}</td>
                      <td>
                        <Time at={token.created_at} />
                      </td>
                      <td>{token.expires_at ? <Time at={token.expires_at} /> : "–"}</td>
                      <td>{token.last_used_at ? <Time at={token.last_used_at} /> : "–"}</td>
                      <td className="row-actions">
                        <TokenMenu token={token} onSecret={setSecret} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loading>
      {query.hasNextPage && (
        <button type="button" className="button" onClick={() => void query.fetchNextPage()}>
          {words.ui.more}
        </button>
      )}
      {isCreating && <CreateToken onClose={() => setCreating(false)} onSecret={setSecret} />}
      {secret && (
        <Dialog title={words.tokens.secretOf(secret.name)} onClose={() => setSecret(null)}>
          <div className="dialog-body">
            <p>{words.tokens.once}</p>
            <p className="secret">
              <code>{secret.secret}</code>
              <CopyButton text={secret.secret} label={words.tokens.copy} />
            </p>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

type OnSecret = (secret: { name: string; secret: string }) => void;

function TokenMenu({ token, onSecret }: { token: Token; onSecret: OnSecret }) {
  const words = useWords();
  const [open, setOpen] = useState<"rotate" | "revoke" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        label={words.schedules.actionsOf(token.name)}
        items={[
          { id: "rotate", label: `${words.tokens.rotate}…`, run: () => setOpen("rotate") },
          {
            id: "revoke",
            label: `${words.tokens.revoke}…`,
            danger: true,
            run: () => setOpen("revoke"),
          },
        ]}
      />
      {open === "rotate" && <RotateToken token={token} onSecret={onSecret} onClose={close} />}
      {open === "revoke" && <RevokeToken token={token} onClose={close} />}
    </>
  );
}

interface DeedProps {
  token: Token;
  onClose: () => void;
}

/** A new secret; the old one goes on for as long as its bearers need to change over. */
function RotateToken({ token, onSecret, onClose }: DeedProps & { onSecret: OnSecret }) {
  const words = useWords();
  const [key] = useState(newIdempotencyKey);
  const [minutes, setMinutes] = useState("60");
  const rotate = useMutation({
    mutationFn: () =>
      call(
        api.POST("/v1/tokens/{token_id}/rotate", {
          params: {
            path: { token_id: token.id },
            header: { "Idempotency-Key": `${key}-${minutes}` },
          },
          body: { overlap_seconds: Math.round(Number(minutes) * 60) },
        }),
      ),
    onSuccess: ({ secret }) => {
      onClose();
      if (secret) onSecret({ name: token.name, secret });
    },
    onSettled: () => touched("tokens"),
  });
  const problem = problemOf(rotate.error);
  return (
    <Dialog title={words.tokens.rotateTitle(token.name)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rotate.mutate();
        }}
      >
        <div className="dialog-body stack">
          <Field
            label={words.tokens.overlap}
            hint={words.tokens.overlapHint}
            error={problem?.at("overlap_seconds")}
          >
            {(attributes) => (
              <input
                {...attributes}
                type="number"
                min={0}
                value={minutes}
                onChange={({ target }) => setMinutes(target.value)}
              />
            )}
          </Field>
          {problem && !problem.body?.errors && <Failure error={problem} />}
        </div>
        <footer className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            {words.ui.cancel}
          </button>
          <button type="submit" className="button primary" disabled={rotate.isPending}>
            {words.tokens.rotate}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function RevokeToken({ token, onClose }: DeedProps) {
  const words = useWords();
  const [withThose, setWithThose] = useState(false);
  const revoke = useMutation({
    mutationFn: () =>
      call(
        api.DELETE("/v1/tokens/{token_id}", {
          params: {
            path: { token_id: token.id },
            query: { ...(withThose && { cascade: "true" as const }) },
          },
        }),
      ),
    onSuccess: () => tell({ text: words.tokens.revoked(token.name) }),
    onError: (error) => tell({ text: explained(words, error), isError: true }),
    onSettled: () => {
      touched("tokens");
      onClose();
    },
  });
  return (
    <Confirm
      title={words.tokens.revokeTitle(token.name)}
      text={
        <div className="stack">
          <p>{words.tokens.revokeText}</p>
          <label className="row">
            <input
              type="checkbox"
              checked={withThose}
              onChange={({ target }) => setWithThose(target.checked)}
            />
            {words.tokens.cascade}
          </label>
        </div>
      }
      deed={words.tokens.revoke}
      isPending={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate()}
    />
  );
}

function CreateToken({ onClose, onSecret }: { onClose: () => void; onSecret: OnSecret }) {
  const words = useWords();
  const { data: me } = useMe();
  const [key] = useState(newIdempotencyKey);
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("viewer");
  const [tenant, setTenant] = useState("");
  const [typedDays, setDays] = useState<string | null>(null);
  // Who one is may be known only after the dialog is open.
  const days = typedDays ?? String(mostDays(me?.expires_at));
  const create = useMutation({
    mutationFn: () =>
      call(
        api.POST("/v1/tokens", {
          params: {
            header: {
              "Idempotency-Key": `${key}-${name}-${scope}-${days}-${tenant}`.slice(0, 100),
            },
          },
          body: {
            name,
            scopes: [scope],
            ...(days && { expires_in_days: Number(days) }),
            ...(tenant.trim() && { tenant_id: tenant.trim() }),
          },
        }),
      ),
    onSuccess: ({ secret }) => {
      onClose();
      if (secret) onSecret({ name, secret });
    },
    onSettled: () => touched("tokens"),
  });
  const problem = problemOf(create.error);
  return (
    <Dialog title={words.tokens.create} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <div className="dialog-body stack">
          <Field
            label={words.schedules.name}
            hint={words.tokens.nameHint}
            error={problem?.at("name")}
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
          <Field
            label={words.tokens.scope}
            hint={words.tokens.scopes[scope]}
            error={problem?.at("scopes")}
          >
            {(attributes) => (
              <select
                {...attributes}
                value={scope}
                onChange={({ target }) => setScope(target.value as Scope)}
              >
                {me?.scopes.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            )}
          </Field>
          {me?.scope === "owner" && (
            <Field
              label={words.health.tenant}
              hint={words.tokens.tenantHint}
              error={problem?.at("tenant_id")}
            >
              {(attributes) => (
                <input
                  {...attributes}
                  placeholder={me.tenant_id}
                  value={tenant}
                  onChange={({ target }) => setTenant(target.value)}
                />
              )}
            </Field>
          )}
          <Field label={words.tokens.days} error={problem?.at("expires_in_days")}>
            {(attributes) => (
              <input
                {...attributes}
                type="number"
                min={1}
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
          <button type="submit" className="button primary" disabled={create.isPending}>
            {words.ui.create}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
