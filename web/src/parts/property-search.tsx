import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { queryOf, useAddress } from '../address.ts';
import { call, CallFailed, isTransient } from '../api-call.ts';
import { getProperty, listProperties, type Property } from '../api/index.ts';
import { propertyPath } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { PropertyLine } from './property-line.tsx';

const MAX_FOUND = 8;
const TYPING_PAUSE_MS = 250;

/** Finds a visible property by its id or by words of its address, neighbourhood, city or description. */
export function PropertySearch() {
  const t = useTexts();
  const { route } = useLocation();
  const address = useAddress();
  const [text, setText] = useState('');
  const [result, setResult] = useState<{ found: Property[] | null } | null>(null);
  const [isOpen, setOpen] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const asked = text.trim();
  const hrefOf = ({ id }: Property): string =>
    propertyPath(id) + queryOf({ ...address, cursor: null, sort: undefined });

  useEffect(() => {
    if (asked === '') return setResult(null);
    let isOver = false;
    const timer = setTimeout(async () => {
      const found = await find(asked).catch(() => null);
      if (!isOver) setResult({ found });
    }, TYPING_PAUSE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [asked]);

  useEffect(() => {
    const closeOutside = ({ target }: Event) => {
      if (!form.current?.contains(target as Node)) setOpen(false);
    };
    // Some browsers do not focus a link that is clicked, so the focus alone does not tell.
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, []);

  const clear = () => setText('');
  /** Opens the only property found, or the one with this id. */
  const open = async () => {
    const found = asked === '' ? [] : await find(asked).catch(() => []);
    const [first, ...others] = found;
    if (!first || (others.length > 0 && String(first.id) !== asked)) return;
    clear();
    route(hrefOf(first));
  };
  const moveFocus = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [...(form.current?.querySelectorAll<HTMLElement>('input, a') ?? [])];
    if (event.key === 'Escape') {
      clear();
      stops[0]?.focus();
    }
    if (!step) return;
    event.preventDefault();
    stops[stops.indexOf(document.activeElement as HTMLElement) + step]?.focus();
  };
  const isShown = isOpen && asked !== '' && result !== null;
  const message = result?.found ? t.found(result.found.length) : t.searchFailed;
  return (
    <form
      ref={form}
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void open();
      }}
      onKeyDown={moveFocus}
      onFocusIn={() => setOpen(true)}
    >
      <input
        type="search"
        aria-label={t.search}
        placeholder={t.searchHint}
        maxLength={100}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <p class="hidden" role="status">
        {isShown && message}
      </p>
      {isShown && (
        <div class="search-results">
          {result.found?.length ? (
            <ul onClick={({ target }) => (target as Element).closest('a') && clear()}>
              {result.found.map((property) => (
                <li key={property.id}>
                  <PropertyLine property={property} href={hrefOf(property)} withId />
                </li>
              ))}
            </ul>
          ) : (
            <p>{message}</p>
          )}
        </div>
      )}
    </form>
  );
}

/** @throws CallFailed when the service does not respond */
async function find(text: string): Promise<Property[]> {
  const isId = /^\d{1,15}$/.test(text);
  const [byId, byWords] = await Promise.all([
    isId ? call(() => getProperty({ path: { id: Number(text) } })).catch(noneIfRefused) : null,
    call(() => listProperties({ query: { q: text, sort: 'relevance', limit: MAX_FOUND } })).catch(
      noneIfRefused,
    ),
  ]);
  const others = byWords?.items.filter(({ id }) => id !== byId?.id) ?? [];
  return [...(byId ? [byId] : []), ...others].slice(0, MAX_FOUND);
}

/** No property has this id, or the text has no word. */
function noneIfRefused(error: unknown): null {
  if (error instanceof CallFailed && !isTransient(error)) return null;
  throw error;
}
