import { type ReactNode, useEffect, useRef } from "react";
import { takesFocus } from "./focus";

/** A page: its heading, which gets the focus when one comes from another page, and what can be done. */
export function Page({
  title,
  name,
  actions,
  children,
}: {
  title: ReactNode;
  /** The title as plain text. */
  name: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name} · Baton`;
  }, [name]);
  useEffect(() => {
    if (takesFocus()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
