import { useTexts } from '../i18n.ts';

/** Which page comes before one, as far as somebody has gone from there. */
const before = new Map<string, string | null>();

interface Props {
  cursor: string | null;
  next: string | null;
  onPage: (cursor: string | null) => void;
}

export function Pages({ cursor, next, onPage }: Props) {
  const t = useTexts();
  if (!next && !cursor) return null;
  const previous = cursor === null ? undefined : before.get(cursor);
  return (
    <nav class="pages" aria-label={t.pages}>
      <button type="button" class="button secondary" disabled={!cursor} onClick={() => onPage(null)}>
        {t.firstPage}
      </button>
      <button
        type="button"
        class="button secondary"
        disabled={previous === undefined}
        onClick={() => onPage(previous ?? null)}
      >
        {t.previousPage}
      </button>
      <button
        type="button"
        class="button secondary"
        disabled={!next}
        onClick={() => {
          if (next) before.set(next, cursor);
          onPage(next);
        }}
      >
        {t.nextPage}
      </button>
    </nav>
  );
}
