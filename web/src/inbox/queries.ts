import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { api, call, type Schemas } from "../api/client";
import { every } from "../api/pace";
import { queryClient, touched } from "../api/queries";

export type Notification = Schemas["Notification"];
export type Answer = "keep" | "deactivate";

const SECONDS = 60;

export function useNotifications(onlyUnread: boolean) {
  return useInfiniteQuery({
    queryKey: ["notifications", onlyUnread],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/v1/notifications", {
          params: {
            query: {
              limit: 50,
              ...(onlyUnread && { unread: "true" as const }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => every(SECONDS),
  });
}

interface Pages {
  pages: { items: Notification[] }[];
}

/** Show as read at once; it is taken back if that is refused. */
export function useRead() {
  return useMutation({
    mutationFn: (id: string) =>
      call(
        api.POST("/v1/notifications/{notification_id}/read", {
          params: { path: { notification_id: id } },
        }),
      ),
    onMutate: (id) => {
      const before = queryClient.getQueriesData<Pages>({ queryKey: ["notifications"] });
      queryClient.setQueriesData<Pages>(
        { queryKey: ["notifications"] },
        (data) =>
          data && {
            ...data,
            pages: data.pages.map((page) => ({
              ...page,
              items: page.items.map((item) => (item.id === id ? { ...item, read: true } : item)),
            })),
          },
      );
      return { before };
    },
    onError: (_error, _id, context) => {
      for (const [key, data] of context?.before ?? []) queryClient.setQueryData(key, data);
    },
    onSettled: () => touched("notifications", "overview"),
  });
}

export function useReadAll() {
  return useMutation({
    mutationFn: () => call(api.POST("/v1/notifications/read-all")),
    onSettled: () => touched("notifications", "overview"),
  });
}

export async function resolve(id: string, action: Answer): Promise<Notification> {
  const resolved = await call(
    api.POST("/v1/notifications/{notification_id}/resolve", {
      params: { path: { notification_id: id } },
      body: { action },
    }),
  );
  touched("notifications", "overview", "audits");
  return resolved;
}
