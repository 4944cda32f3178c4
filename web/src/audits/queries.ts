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

function send(id: string, deed: Deed): Promise<unknown> {
  const path = { params: { path: { audit_id: id } } };
  switch (deed) {
    case "publish":
      return call(api.POST("/v1/audits/{audit_id}/publish", path));
    case "extend":
      return call(api.POST("/v1/audits/{audit_id}/extend", { ...path, body: {} }));
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
    mutationFn: ({ id, deed }: { id: string; deed: Deed }) => send(id, deed),
    onSettled: () => touched("audits", "notifications", "overview"),
  });
}

export interface NewAudit {
  title: string;
  url: string;
  isPublished: boolean;
}

export function useCreateAudit() {
  return useMutation({
    mutationFn: ({ title, url, isPublished }: NewAudit) =>
      call(
        api.POST("/v1/audits", {
          params: { header: { "Idempotency-Key": newIdempotencyKey() } },
          body: {
            title,
            ...(url && { url }),
            ...(isPublished && { published_at: new Date().toISOString() }),
          },
        }),
      ),
    onSettled: () => touched("audits"),
  });
}
