import { useTexts } from '../i18n.ts';

/** What a chart shows, for who asks for it; nothing without a row. */
export function AsTable({ heads, rows }: { heads: readonly string[]; rows: readonly (readonly string[])[] }) {
  const t = useTexts();
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>{t.asTable}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={t.asTable}>
        <table>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row[0]}>
                {row.map((cell, i) => (
                  <td key={heads[i]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
