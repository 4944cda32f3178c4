import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useMe } from "../api/me";
import { useSession } from "../api/session";
import { useWords } from "../i18n/words";
import { shareWithOtherTabs } from "../overview/sharing";
import { LiveRegion } from "../ui/announce";
import { Skeleton } from "../ui/feedback";
import { Toasts } from "../ui/toast";
import { Header } from "./Header";
import { NewVersion } from "./NewVersion";
import { Rail } from "./Rail";
import { SignIn } from "./SignIn";
import { useShortcuts } from "./shortcuts";

const Palette = lazy(() => import("./Palette"));
const ShortcutHelp = lazy(() => import("./ShortcutHelp"));

/** What is around every page; before that, the door. */
export function Shell() {
  const { token } = useSession();
  return (
    <>
      {token === null ? <SignIn /> : <Inside />}
      <Toasts />
      <LiveRegion />
    </>
  );
}

function Inside() {
  const words = useWords();
  const [open, setOpen] = useState<"palette" | "help" | null>(null);
  useShortcuts({ onPalette: () => setOpen("palette"), onHelp: () => setOpen("help") });
  const actorId = useMe().data?.actor_id;
  useEffect(() => (actorId ? shareWithOtherTabs(actorId) : undefined), [actorId]);
  useEffect(() => {
    document.body.classList.toggle("has-dialog", open !== null);
  }, [open]);
  return (
    <div className="shell">
      <a className="skip-link" href="#content">
        {words.shell.skip}
      </a>
      <Rail />
      <Header onSearch={() => setOpen("palette")} onHelp={() => setOpen("help")} />
      <main id="content" tabIndex={-1}>
        <NewVersion />
        <Suspense fallback={<Skeleton rows={6} />}>
          <Outlet />
        </Suspense>
      </main>
      <Suspense>
        {open === "palette" && <Palette onClose={() => setOpen(null)} />}
        {open === "help" && <ShortcutHelp onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}
