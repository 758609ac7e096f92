import type { ComponentChildren } from 'preact';
import { type CallFailed, canHeal } from '../api-call.ts';
import { RANKING } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { Title } from './title.tsx';

/** A view that has nothing to show but why. */
export function Message({
  title,
  lead,
  children,
  heading = 'h2',
}: {
  title: string;
  lead: string;
  children?: ComponentChildren;
  heading?: 'h1' | 'h2';
}) {
  return (
    <section class="message" role={heading === 'h2' ? 'status' : undefined}>
      <svg aria-hidden="true" viewBox="0 0 48 48" width="56" height="56">
        <path d="M6 22 24 8l18 14v18H6z" />
        <path d="M19 40V28h10v12" />
      </svg>
      {heading === 'h1' ? <Title text={title} /> : <h2>{title}</h2>}
      <p>{lead}</p>
      {children}
    </section>
  );
}

/** Instead of a view that was never there: why, and what becomes of it. */
export function Failed({ problem, heading }: { problem: CallFailed; heading?: 'h1' | 'h2' }) {
  const t = useTexts();
  if (problem.status === 404)
    return (
      <Message title={t.notFound} lead={t.notFoundLead} heading={heading}>
        <a class="button" href={RANKING}>
          {t.toRanking}
        </a>
      </Message>
    );
  if (!canHeal(problem))
    return (
      <Message title={t.refused} lead={t.refusedLead} heading={heading}>
        <a class="button" href={RANKING}>
          {t.toRanking}
        </a>
      </Message>
    );
  if (problem.status === 429)
    return <Message title={t.tooMuch} lead={t.tooMuchLead(problem.retryAfter ?? 60)} heading={heading} />;
  return <Message title={t.awayEmpty} lead={t.awayEmptyLead} heading={heading} />;
}

/** Above a view that is not fresh. */
export function Away({ problem }: { problem: CallFailed | null }) {
  const t = useTexts();
  return (
    <div role="status">
      {problem && (
        <p class="notice warning">
          {problem.status === 429 ? t.tooMuchLead(problem.retryAfter ?? 60) : t.away}
        </p>
      )}
    </div>
  );
}

export function Loading({ rows = 8 }: { rows?: number }) {
  const t = useTexts();
  return (
    <div class="skeleton" role="status">
      <span class="hidden">{t.loading}</span>
      {Array.from({ length: rows }, (_, i) => (
        <i key={i} aria-hidden="true" />
      ))}
    </div>
  );
}
