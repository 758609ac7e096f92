import { useTexts } from '../i18n.ts';

/** The cursor of the previous page, by cursor; only of pages that were reached by "next". Cursors go forward only. */
const previousOf = new Map<string, string | null>();

interface Props {
  /** Null: the first page. */
  cursor: string | null;
  next: string | null;
  onPage: (cursor: string | null) => void;
}

export function Pages({ cursor, next, onPage }: Props) {
  const t = useTexts();
  if (!next && !cursor) return null;
  const previous = cursor === null ? undefined : previousOf.get(cursor);
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
          if (next) previousOf.set(next, cursor);
          onPage(next);
        }}
      >
        {t.nextPage}
      </button>
    </nav>
  );
}
