import { Link, useNavigate } from "@tanstack/react-router";
import { BookOpen, Ellipsis } from "lucide-react";
import { useMe } from "../api/me";
import { BASE } from "../base";
import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";
import { Menu } from "../ui/menu";
import { DESTINATIONS, type Destination } from "./navigation";

/** Where one can go: a rail at the left, a bar at the bottom of narrow screens. */
export function Rail() {
  const words = useWords();
  const navigate = useNavigate();
  const { data: me } = useMe();
  const allowed = DESTINATIONS.filter(({ scope }) => !scope || me?.scopes.includes(scope));
  const rest = allowed.filter(({ isFirst }) => !isFirst);
  return (
    <nav className="rail" aria-label={words.shell.pages}>
      <Link to="/" className="brand" tabIndex={-1} aria-hidden="true">
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#3a4fc4" />
          <rect
            x="5"
            y="13"
            width="22"
            height="6"
            rx="3"
            fill="#fff"
            transform="rotate(-35 16 16)"
          />
          <circle cx="8.6" cy="21.2" r="3.4" fill="#f5b83d" />
        </svg>
        <span>Baton</span>
      </Link>
      <ul>
        {allowed.map((destination) => (
          <li key={destination.to} className={destination.isFirst ? "" : "is-later"}>
            <RailLink to={destination.to} word={destination.word} icon={destination.icon} />
          </li>
        ))}
        <li className="is-later rail-end">
          <a href={new URL("docs", BASE).href} className="rail-link">
            <BookOpen aria-hidden="true" />
            <span>{words.nav.api}</span>
          </a>
        </li>
        <li className="rail-more">
          <Menu
            label={words.shell.more}
            items={[
              ...rest.map(({ to, word }) => ({
                id: to,
                label: words.nav[word],
                run: () => void navigate({ to }),
              })),
              {
                id: "docs",
                label: words.nav.api,
                run: () => location.assign(new URL("docs", BASE).href),
              },
            ]}
          >
            <Ellipsis aria-hidden="true" />
            <span>{words.shell.more}</span>
          </Menu>
        </li>
      </ul>
    </nav>
  );
}

function RailLink({ to, word, icon: Icon }: Pick<Destination, "to" | "word" | "icon">) {
  const words = useWords();
  const unread = useOverview().data?.unread ?? 0;
  return (
    <Link to={to} className="rail-link" activeOptions={{ exact: to === "/", includeSearch: false }}>
      <Icon aria-hidden="true" />
      <span>{words.nav[word]}</span>
      {word === "inbox" && unread > 0 && (
        <span className="badge-count">
          {unread}
          <span className="unseen"> {words.shell.unread}</span>
        </span>
      )}
    </Link>
  );
}
