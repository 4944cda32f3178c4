import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { api, call, newIdempotencyKey, type Schemas } from "../api/client";
import { every } from "../api/pace";
import { touched } from "../api/queries";

export type Audit = Schemas["Audit"];
export type AuditState = Audit["state"];
export type Deed = "publish" | "extend" | "deactivate" | "reactivate" | "delete";

export const AUDIT_STATES: readonly AuditState[] = ["draft", "active", "review_due", "inactive"];
const SECONDS = 60;

export function useAudits(state: AuditState | undefined) {
  return useInfiniteQuery({
    queryKey: ["audits", state ?? "all"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/v1/audits", {
          params: {
            query: { limit: 100, ...(state && { state }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => every(SECONDS),
  });
}

function send(id: string, deed: Deed, days?: number): Promise<unknown> {
  const path = { params: { path: { audit_id: id } } };
  switch (deed) {
    case "publish":
      return call(api.POST("/v1/audits/{audit_id}/publish", path));
    case "extend":
      return call(
        api.POST("/v1/audits/{audit_id}/extend", { ...path, body: days ? { days } : {} }),
      );
    case "deactivate":
      return call(api.POST("/v1/audits/{audit_id}/deactivate", path));
    case "reactivate":
      return call(api.POST("/v1/audits/{audit_id}/reactivate", path));
    case "delete":
      return call(api.DELETE("/v1/audits/{audit_id}", path));
  }
}

export function useAuditDeed() {
  return useMutation({
    mutationFn: ({ id, deed, days }: { id: string; deed: Deed; days?: number }) =>
      send(id, deed, days),
    onSettled: () => touched("audits", "notifications", "overview"),
  });
}

/** What people write of an audit. */
export interface Written {
  title: string;
  url: string;
  externalId: string;
}

/** Make an audit, published at that instant or not yet. */
export function useCreateAudit() {
  return useMutation({
    mutationFn: ({ publishedAt, ...written }: Written & { publishedAt: string | null }) =>
      call(
        api.POST("/v1/audits", {
          params: { header: { "Idempotency-Key": newIdempotencyKey() } },
          body: { ...bodyOf(written), ...(publishedAt && { published_at: publishedAt }) },
        }),
      ),
    onSettled: () => touched("audits"),
  });
}

function bodyOf({ title, url, externalId }: Written) {
  return { title, url: url.trim() || null, external_id: externalId.trim() || null };
}

export function useChangeAudit(id: string) {
  return useMutation({
    mutationFn: (written: Written) =>
      call(
        api.PATCH("/v1/audits/{audit_id}", {
          params: { path: { audit_id: id } },
          body: bodyOf(written),
        }),
      ),
    onSettled: () => touched("audits"),
  });
}
