import { useTexts } from '../i18n.ts';

/** The change of a rank in a week; `previousRank` is null without a rank then. */
export function Movement({ rank, previousRank }: { rank: number; previousRank: number | null }) {
  const t = useTexts();
  if (previousRank === null)
    return (
      <span class="movement new" title={t.newSince}>
        {t.isNew}
      </span>
    );
  const places = previousRank - rank;
  const [kind, sign, text] =
    places > 0
      ? (['up', '▲', t.up(places)] as const)
      : places < 0
        ? (['down', '▼', t.down(-places)] as const)
        : (['same', '=', t.same] as const);
  return (
    <span class={`movement ${kind}`} title={text}>
      <span aria-hidden="true">
        {sign} {places === 0 ? '' : t.format.count(Math.abs(places))}
      </span>
      <span class="hidden">{text}</span>
    </span>
  );
}
