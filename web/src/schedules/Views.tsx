import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useWords } from "../i18n/words";
import { createKeptStore, useStore } from "../store";
import { Menu } from "../ui/menu";

const route = getRouteApi("/schedules");

interface View {
  name: string;
  search: Record<string, string | undefined>;
}

const views = createKeptStore<View[]>("baton.views.schedules", [], localStorage);

/** Filters under a name, kept in this browser. */
export function Views() {
  const words = useWords();
  const saved = useStore(views);
  const search = route.useSearch();
  const navigate = useNavigate();
  const [isNaming, setNaming] = useState(false);
  const { why: _why, ...wanted } = search;
  if (isNaming) {
    return (
      <form
        className="inline-field"
        onSubmit={(event) => {
          event.preventDefault();
          const name = String(new FormData(event.currentTarget).get("name")).trim();
          if (name) {
            const others = saved.filter((view) => view.name !== name);
            views.set([...others, { name, search: wanted }]);
          }
          setNaming(false);
        }}
      >
        {/* biome-ignore lint/a11y/noAutofocus: it was asked for just now */}
        <input name="name" aria-label={words.views.name} placeholder={words.views.name} autoFocus />
        <button type="submit" className="button small">
          {words.ui.save}
        </button>
      </form>
    );
  }
  return (
    <Menu
      label={words.views.title}
      items={[
        ...saved.map((view) => ({
          id: `view ${view.name}`,
          label: view.name,
          run: () => void navigate({ to: "/schedules", search: view.search as never }),
        })),
        { id: "save", label: words.views.save, run: () => setNaming(true) },
        ...(saved.length > 0
          ? [{ id: "forget", label: words.views.forget, run: () => views.set([]), danger: true }]
          : []),
      ]}
    >
      <span className="with-text">{words.views.title}</span>
    </Menu>
  );
}
