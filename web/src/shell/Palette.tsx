import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from "react-aria-components";
import { api, call } from "../api/client";
import { useMay } from "../api/me";
import { useWords } from "../i18n/words";
import { DESTINATIONS } from "./navigation";

const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/i;
const FOUND_MOST = 50;

/** Go anywhere by typing: pages, schedules, a pasted id. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const navigate = useNavigate();
  const mayChange = useMay("operator");
  const [typed, setTyped] = useState("");
  const { contains } = useFilter({ sensitivity: "base" });
  const { data: schedules } = useQuery({
    queryKey: ["schedules", "palette"],
    queryFn: ({ signal }) =>
      call(api.GET("/v1/schedules", { params: { query: { limit: 200 } }, signal })),
    staleTime: 30_000,
  });
  const id = typed.trim();
  const isId = ID.test(id);

  const go = (key: string) => {
    onClose();
    const [kind, rest = ""] = key.split(":");
    if (kind === "page") void navigate({ to: rest as "/" });
    if (kind === "new") void navigate({ to: "/schedules/new" });
    if (kind === "schedule") void navigate({ to: "/schedules/$id", params: { id: rest } });
    if (kind === "run") void navigate({ to: "/runs/$id", params: { id: rest } });
  };

  return (
    <ModalOverlay
      className="dialog-back palette-back"
      isOpen
      isDismissable
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Modal className="dialog palette">
        <Dialog aria-label={words.shell.search}>
          <Autocomplete filter={isId ? () => true : contains} onInputChange={setTyped}>
            <SearchField aria-label={words.shell.search} autoFocus className="palette-field">
              <Input placeholder={words.shell.searchHint} />
            </SearchField>
            <Menu
              className="menu palette-list"
              onAction={(key) => go(String(key))}
              renderEmptyState={() => <p className="hint">{words.shell.nothingFound}</p>}
            >
              {isId && (
                <MenuSection>
                  <Header>{words.shell.byId}</Header>
                  <MenuItem id={`run:${id}`} className="menu-item" textValue={id}>
                    {words.nav.runs} {id}
                  </MenuItem>
                  <MenuItem id={`schedule:${id}`} className="menu-item" textValue={id}>
                    {words.nav.schedules} {id}
                  </MenuItem>
                </MenuSection>
              )}
              <MenuSection>
                <Header>{words.shell.pages}</Header>
                {DESTINATIONS.map(({ to, word, icon: Icon }) => (
                  <MenuItem
                    key={to}
                    id={`page:${to}`}
                    className="menu-item"
                    textValue={words.nav[word]}
                  >
                    <Icon aria-hidden="true" /> {words.nav[word]}
                  </MenuItem>
                ))}
              </MenuSection>
              {mayChange && (
                <MenuSection>
                  <Header>{words.shell.deeds}</Header>
                  <MenuItem id="new:" className="menu-item">
                    {words.schedules.create}
                  </MenuItem>
                </MenuSection>
              )}
              <MenuSection>
                <Header>{words.nav.schedules}</Header>
                {(schedules?.items ?? []).slice(0, FOUND_MOST).map((schedule) => (
                  <MenuItem
                    key={schedule.id}
                    id={`schedule:${schedule.id}`}
                    className="menu-item"
                    textValue={schedule.name}
                  >
                    {schedule.name}
                  </MenuItem>
                ))}
              </MenuSection>
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
