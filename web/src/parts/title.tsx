import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** The heading of a view: whoever comes to it by keyboard or ear is there. */
export function Title({ children, text }: { children?: ComponentChildren; text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${text} · Habi`;
  }, [text]);
  // Before the reader's next key: an effect after the paint may come too late.
  useLayoutEffect(() => {
    // Not at the first sight of the page: there a reader begins at its top.
    if (document.body.dataset.seen) heading.current?.focus();
    document.body.dataset.seen = 'yes';
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? text}
    </h1>
  );
}
