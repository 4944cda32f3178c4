import { Ellipsis } from "lucide-react";
import { Menu as AriaMenu, Button, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { MenuProps } from "./menu";

export default function MenuButton({ label, items, children }: MenuProps) {
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
