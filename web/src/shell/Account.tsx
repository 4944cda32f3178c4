import { CircleUser, Keyboard, LogOut } from "lucide-react";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useMe } from "../api/me";
import { signOut } from "../api/session";
import { useWords } from "../i18n/words";
import { type Language, prefer, type Theme, usePreferences, type ZoneMode } from "../preferences";
import { MINE } from "../time/zones";
import { Choice, Field } from "../ui/field";

/** Who is signed in, and how they like the page. */
export default function Account({ onHelp }: { onHelp: () => void }) {
  const words = useWords();
  const { data: me } = useMe();
  return (
    <DialogTrigger>
      <Button className="icon-button" aria-label={words.shell.account}>
        <CircleUser aria-hidden="true" />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Dialog className="account" aria-label={words.shell.account}>
          {({ close }) => (
            <>
              {me && (
                <p className="account-name">
                  <strong>{me.name}</strong>
                  <span>
                    {me.tenant_id} · {me.scope}
                  </span>
                </p>
              )}
              <Wishes />
              <button
                type="button"
                className="menu-item"
                onClick={() => {
                  close();
                  onHelp();
                }}
              >
                <Keyboard aria-hidden="true" /> {words.shell.shortcuts}
              </button>
              <button type="button" className="menu-item" onClick={() => signOut()}>
                <LogOut aria-hidden="true" /> {words.shell.signOut}
              </button>
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Wishes() {
  const words = useWords();
  const { zone, theme, language } = usePreferences();
  return (
    <div className="wishes">
      <Field label={words.shell.zone}>
        {(attributes) => (
          <select
            {...attributes}
            value={zone}
            onChange={(event) => prefer({ zone: event.target.value as ZoneMode })}
          >
            <option value="mine">{words.shell.zones.mine(MINE)}</option>
            <option value="utc">UTC</option>
            <option value="schedule">{words.shell.zones.schedule}</option>
          </select>
        )}
      </Field>
      <Choice<Theme>
        label={words.shell.theme}
        value={theme}
        onChange={(value) => prefer({ theme: value })}
        options={[
          { value: "system", label: words.shell.themeNames.system },
          { value: "light", label: words.shell.themeNames.light },
          { value: "dark", label: words.shell.themeNames.dark },
        ]}
      />
      <Choice<Language>
        label={words.shell.language}
        value={language}
        onChange={(value) => prefer({ language: value })}
        options={[
          { value: "en", label: "English" },
          { value: "de", label: "Deutsch" },
        ]}
      />
    </div>
  );
}
