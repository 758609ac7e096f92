import type { ComponentChildren } from 'preact';
import { type CallFailed, isTransient } from '../api-call.ts';
import { VIEWS } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { Title } from './title.tsx';

/** Fills a view that has no data: says why, and offers what to do next. */
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

/** Shown instead of data that could not be loaded. */
export function LoadFailed({ problem, heading }: { problem: CallFailed; heading?: 'h1' | 'h2' }) {
  const t = useTexts();
  if (problem.status === 404)
    return (
      <Message title={t.notFound} lead={t.notFoundLead} heading={heading}>
        <a class="button" href={VIEWS.ranking}>
          {t.toRanking}
        </a>
      </Message>
    );
  if (!isTransient(problem))
    return (
      <Message title={t.refused} lead={t.refusedLead} heading={heading}>
        <a class="button" href={VIEWS.ranking}>
          {t.toRanking}
        </a>
      </Message>
    );
  if (problem.status === 429)
    return (
      <Message
        title={t.tooManyRequests}
        lead={t.tooManyRequestsLead(problem.retryAfter ?? 60)}
        heading={heading}
      />
    );
  return <Message title={t.unavailable} lead={t.unavailableLead} heading={heading} />;
}

/** Above old data: says that it could not be refreshed. */
export function RefreshFailed({ problem }: { problem: CallFailed | null }) {
  const t = useTexts();
  return (
    <div role="status">
      {problem && (
        <p class="notice warning">
          {problem.status === 429 ? t.tooManyRequestsLead(problem.retryAfter ?? 60) : t.refreshFailed}
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
