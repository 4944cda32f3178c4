import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { Menu as AriaMenu, Button, MenuItem, MenuTrigger, Popover } from "react-aria-components";

export interface Item {
  id: string;
  label: ReactNode;
  run: () => void;
  danger?: boolean;
}

/** A button with three dots, and what else can be done. */
export function Menu({
  label,
  items,
  children,
}: {
  label: string;
  items: Item[];
  children?: ReactNode;
}) {
  return (
    <MenuTrigger>
      <Button aria-label={label} className="icon-button">
        {children ?? <Ellipsis aria-hidden="true" />}
      </Button>
      <Popover className="popover" placement="bottom end">
        <AriaMenu
          className="menu"
          items={items}
          onAction={(key) => items.find((item) => item.id === key)?.run()}
        >
          {(item) => (
            <MenuItem
              id={item.id}
              className={item.danger ? "menu-item danger" : "menu-item"}
              textValue={typeof item.label === "string" ? item.label : item.id}
            >
              {item.label}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
