import { useRoute } from 'preact-iso';
import { queryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import { getPropertyRanking, type LikesOfDay, type PropertyRanking, type ScoreTerm } from '../api/index.ts';
import { VIEWS } from '../base.ts';
import { SMALLEST_SCORE } from '../format.ts';
import { type TextsOfLanguage, useTexts } from '../i18n.ts';
import { AsTable } from '../parts/as-table.tsx';
import { Bars } from '../parts/bars.tsx';
import { DayChart } from '../parts/day-chart.tsx';
import { Filters } from '../parts/filters.tsx';
import { Facts, Figures } from '../parts/property-facts.tsx';
import { usePropertyTexts } from '../parts/property-line.tsx';
import { Loading, LoadFailed, RefreshFailed } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const REFRESH_MS = 3_000;

/** The key makes a new component for each property, so no data of the previous one stays. */
export function PropertyView() {
  const { id } = useRoute().params;
  return <PropertyDetail key={id} id={Number(id)} />;
}

function PropertyDetail({ id }: { id: number }) {
  const t = useTexts();
  const address = useAddress();
  const { by, window } = address;
  const { data, isStale, problem } = useLive(
    JSON.stringify([id, by, window]),
    () => call(() => getPropertyRanking({ path: { id }, query: { by, window } })),
    REFRESH_MS,
  );
  return (
    <>
      <a class="back" href={VIEWS.ranking + queryOf(address)}>
        ← {t.backToRanking}
      </a>
      {data ? (
        <>
          <RefreshFailed problem={problem} />
          <Heading data={data} />
          <Facts data={data} />
          <Filters withMethod />
          <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
            <Figures data={data} />
            <UntrustedLikes data={data} />
            <DailyLikes data={data} />
            <div class="columns">
              <ScoreTerms data={data} />
              <WeekChange data={data} />
            </div>
          </div>
        </>
      ) : problem ? (
        <LoadFailed problem={problem} heading="h1" />
      ) : (
        <Loading rows={5} />
      )}
    </>
  );
}

interface Props {
  data: PropertyRanking;
}

function Heading({ data: { property } }: Props) {
  const t = useTexts();
  const { name, place, price } = usePropertyTexts(property);
  return (
    <div class="top">
      <div>
        <Title text={name} />
        <p>
          {place && `${place} · `}
          <span class="price">{price}</span>
          {property.availability === 'sold' && <span class="badge">{t.sold}</span>}
        </p>
      </div>
    </div>
  );
}

function UntrustedLikes({ data: { likes, untrusted } }: Props) {
  const t = useTexts();
  if (untrusted.length === 0) return null;
  const bars = untrusted.map(({ reason, likes: count }) => ({
    label: t.untrustedReasons[reason],
    value: count,
    text: t.format.count(count),
  }));
  return (
    <section class="card untrusted">
      <h2>{t.untrustedTitle}</h2>
      <p>{t.untrustedLead(t.format.count(likes.trusted), t.format.count(likes.total))}</p>
      <Bars bars={bars} />
    </section>
  );
}

function DailyLikes({ data: { series } }: Props) {
  const t = useTexts();
  const sum = (valueOf: (day: LikesOfDay) => number): string =>
    t.format.count(series.reduce((total, day) => total + valueOf(day), 0));
  const lead = t.seriesLead(
    sum(({ likes }) => likes),
    sum(({ unlikes }) => unlikes),
  );
  return (
    <section class="card">
      <h2>{t.seriesTitle}</h2>
      <p>
        {lead} {t.seriesCounts}
      </p>
      {series.some(({ likes, unlikes }) => likes + unlikes > 0) && (
        <DayChart summary={lead} series={series} />
      )}
      <p class="note">{t.utcDays}</p>
      <AsTable
        headings={[t.date, t.likesMade, t.unlikes]}
        rows={series
          .filter(({ likes, unlikes }) => likes + unlikes > 0)
          .map(({ date, likes, unlikes }) => [
            t.format.day(date),
            t.format.count(likes),
            t.format.count(unlikes),
          ])}
      />
    </section>
  );
}

function ScoreTerms({ data: { by, terms, score } }: Props) {
  const t = useTexts();
  const textOf = ({ likes, weight, score: sum }: ScoreTerm): string => {
    if (by === 'likes') return t.format.count(likes);
    const sign = sum < SMALLEST_SCORE ? '' : weight === 1 ? '= ' : '≈ ';
    return `${t.format.count(likes)} × ${t.format.weight(weight)} ${sign}${t.format.score(sum)}`;
  };
  return (
    <section class="card">
      <h2>{t.termsTitle(by)}</h2>
      <p>{t.termsLead(by, by === 'likes' ? t.format.count(score) : t.format.score(score))}</p>
      <Bars bars={terms.map((term) => ({ label: ageOf(term, t), value: term.score, text: textOf(term) }))} />
    </section>
  );
}

function WeekChange({ data: { by, change } }: Props) {
  const t = useTexts();
  const parts: [string, number][] = [
    [t.gained, change.gained],
    [t.lost, change.takenBack],
    [t.aged(by), change.aged],
  ];
  const signed = by === 'likes' ? t.format.signedCount : t.format.signedScore;
  const lead = t.changeLead(by, signed(parts.reduce((sum, [, value]) => sum + value, 0)));
  return (
    <section class="card">
      <h2>{t.changeTitle}</h2>
      <p>{lead}</p>
      <Bars bars={parts.map(([label, value]) => ({ label, value, text: signed(value) }))} />
      <p class="note">{t.changeCounts}</p>
    </section>
  );
}

/** The age of likes in the reader's language. */
function ageOf({ fromDays, toDays }: ScoreTerm, t: TextsOfLanguage): string {
  if (toDays === 0) return t.today;
  return toDays === null ? t.daysAgoOrMore(fromDays) : t.daysAgo(fromDays, toDays);
}
