import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { BASE } from "./base";
import { Crashed } from "./shell/Crashed";
import { Missing } from "./shell/Missing";
import { Shell } from "./shell/Shell";

type Raw = Record<string, unknown>;

/** A word of the address, if it is there. Whatever else stands in it is passed over. */
function text(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === "string") return value || undefined;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function texts<K extends string>(...names: K[]): (raw: Raw) => { [name in K]?: string } {
  return (raw) => {
    const found: { [name in K]?: string } = {};
    for (const name of names) {
      const value = text(raw, name);
      if (value !== undefined) found[name] = value;
    }
    return found;
  };
}

const root = createRootRoute({ component: Shell, notFoundComponent: Missing });
const under = { getParentRoute: () => root };

const routeTree = root.addChildren([
  createRoute({
    ...under,
    path: "/",
    validateSearch: texts("at", "hours", "table", "until"),
    component: lazyRouteComponent(() => import("./overview/OverviewPage"), "OverviewPage"),
  }),
  createRoute({
    ...under,
    path: "/schedules",
    validateSearch: texts("q", "status", "target", "tag", "pool", "sort", "view", "why"),
    component: lazyRouteComponent(() => import("./schedules/SchedulesPage"), "SchedulesPage"),
  }),
  createRoute({
    ...under,
    path: "/schedules/new",
    validateSearch: texts("from", "like"),
    component: lazyRouteComponent(() => import("./schedules/editor/EditorPage"), "NewSchedulePage"),
  }),
  createRoute({
    ...under,
    path: "/schedules/$id",
    validateSearch: texts("tab", "edit"),
    component: lazyRouteComponent(() => import("./schedules/SchedulePage"), "SchedulePage"),
  }),
  createRoute({
    ...under,
    path: "/runs",
    validateSearch: texts("status", "trigger", "schedule", "reason", "pool", "from", "to"),
    component: lazyRouteComponent(() => import("./runs/RunsPage"), "RunsPage"),
  }),
  createRoute({
    ...under,
    path: "/runs/$id",
    component: lazyRouteComponent(() => import("./runs/RunPage"), "RunPage"),
  }),
  createRoute({
    ...under,
    path: "/audits",
    validateSearch: texts("state"),
    component: lazyRouteComponent(() => import("./audits/AuditsPage"), "AuditsPage"),
  }),
  createRoute({
    ...under,
    path: "/inbox",
    validateSearch: texts("unread"),
    component: lazyRouteComponent(() => import("./inbox/InboxPage"), "InboxPage"),
  }),
  createRoute({
    ...under,
    path: "/activity",
    validateSearch: texts("subject", "actor", "action"),
    component: lazyRouteComponent(() => import("./activity/ActivityPage"), "ActivityPage"),
  }),
  createRoute({
    ...under,
    path: "/health",
    component: lazyRouteComponent(() => import("./health/HealthPage"), "HealthPage"),
  }),
  createRoute({
    ...under,
    path: "/settings",
    component: lazyRouteComponent(() => import("./settings/SettingsPage"), "SettingsPage"),
  }),
  createRoute({
    ...under,
    path: "/tokens",
    component: lazyRouteComponent(() => import("./tokens/TokensPage"), "TokensPage"),
  }),
]);

/** Where the pages are: their paths begin after it. */
const UI = `${BASE.pathname}ui`;

export const router = createRouter({
  routeTree,
  rewrite: {
    input: ({ url }) => {
      url.pathname = url.pathname.slice(UI.length) || "/";
      return url;
    },
    // A link to the overview has no slash at its end either: the gateway knows no such route.
    output: ({ url }) => {
      url.pathname = url.pathname === "/" ? UI : UI + url.pathname;
      return url;
    },
  },
  // Plain words in the address: what can be read there can be changed there.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return text.size > 0 ? `?${text}` : "";
  },
  defaultPreload: "intent",
  defaultErrorComponent: Crashed,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
