import { Link } from "@tanstack/react-router";
import { useWords } from "../i18n/words";
import { Empty } from "../ui/feedback";
import { Page } from "../ui/page";

export function Missing() {
  const words = useWords();
  return (
    <Page title={words.shell.missing} name={words.shell.missing}>
      <Empty title={words.shell.missingText}>
        <Link to="/" className="button">
          {words.nav.overview}
        </Link>
      </Empty>
    </Page>
  );
}
