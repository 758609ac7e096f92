import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** The heading of a view. It takes the focus, so keyboard and screen reader users start there. */
export function Title({ children, text }: { children?: ComponentChildren; text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${text} · Habi`;
  }, [text]);
  // A layout effect runs before the next key press; an effect after the paint may run too late.
  useLayoutEffect(() => {
    // Not on the first view of a page load: there a reader starts at the top of the page.
    if (document.body.dataset.seen) heading.current?.focus();
    document.body.dataset.seen = 'yes';
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? text}
    </h1>
  );
}
