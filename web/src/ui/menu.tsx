import { Ellipsis } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";

const MenuButton = lazy(() => import("./MenuButton"));

export interface Item {
  id: string;
  label: ReactNode;
  run: () => void;
  danger?: boolean;
}

export interface MenuProps {
  label: string;
  items: Item[];
  children?: ReactNode;
}

/** A button with three dots, and what else can be done. It looks the same until it is loaded. */
export function Menu(props: MenuProps) {
  const { label, children } = props;
  const resting = (
    <button type="button" className="icon-button" aria-label={label} disabled>
      {children ?? <Ellipsis aria-hidden="true" />}
    </button>
  );
  return (
    <Suspense fallback={resting}>
      <MenuButton {...props} />
    </Suspense>
  );
}
