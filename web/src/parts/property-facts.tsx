import type { PropertyRanking } from '../api/index.ts';
import { SERVICE } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { Movement } from './movement.tsx';

interface Props {
  data: PropertyRanking;
}

/** Shows type, area, bedrooms, status and id of the property, with a link to its listing in the API. */
export function Facts({ data: { property } }: Props) {
  const t = useTexts();
  const { id, propertyType, area, bedrooms, status, statusSince } = property;
  const facts: [string, string | null][] = [
    [t.type, propertyType && t.types[propertyType]],
    [t.factArea, area === null ? null : t.area(t.format.area(area))],
    [t.factBedrooms, bedrooms === null ? null : t.format.count(bedrooms)],
    [t.status, status && ((t.statuses as Record<string, string>)[status.name] ?? status.label)],
    [t.statusSince[status?.name ?? ''] ?? t.statusSince.en_venta!, statusSince && t.format.date(statusSince)],
    [t.factId, String(id)],
  ];
  return (
    <section class="card facts" aria-label={t.factsTitle}>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd class={value === null ? 'unknown' : ''}>{value ?? t.unknown}</dd>
          </div>
        ))}
      </dl>
      <a href={`${SERVICE}/v1/properties/${id}`} target="_blank" rel="noreferrer">
        {t.listingAsJson}
      </a>
    </section>
  );
}

/** Ranks and numbers of a property. A number that equals another one by definition is not shown. */
export function Figures({ data }: Props) {
  const t = useTexts();
  const { rank, of, city, by, score, likes, previousRank, window, property } = data;
  const rankOf = (position: number | null, count: number): string =>
    position === null ? '–' : t.rankOf(t.format.count(position), t.format.count(count));
  return (
    <>
      <dl class="tiles">
        <div>
          <dt>{t.inCountry(property.availability === 'sold')}</dt>
          <dd>{rankOf(rank, of)}</dd>
        </div>
        {city && (
          <div>
            <dt>{t.inCity(city.name)}</dt>
            <dd>{rankOf(city.rank, city.of)}</dd>
          </div>
        )}
        <div>
          <dt>{t.movement}</dt>
          <dd>{rank === null ? '–' : <Movement rank={rank} previousRank={previousRank} />}</dd>
        </div>
        {by === 'trending' && (
          <div>
            <dt>{t.score}</dt>
            <dd>{t.format.score(score)}</dd>
          </div>
        )}
        {window !== 'all' && (
          <div>
            <dt>{t.likesOfWindow(t.windows[window])}</dt>
            <dd>{t.format.count(likes.window)}</dd>
          </div>
        )}
        <div>
          <dt>{t.totalLikes}</dt>
          <dd>{t.format.count(likes.total)}</dd>
        </div>
      </dl>
      {rank === null && (
        <p class="notice">
          {t.noRank}: {t.noRankLead}
        </p>
      )}
    </>
  );
}
