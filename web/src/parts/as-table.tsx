import { useTexts } from '../i18n.ts';

/** The data of a chart as a table that opens on request. Renders nothing without rows. */
export function AsTable({
  headings,
  rows,
}: {
  headings: readonly string[];
  rows: readonly (readonly string[])[];
}) {
  const t = useTexts();
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>{t.asTable}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={t.asTable}>
        <table>
          <thead>
            <tr>
              {headings.map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row[0]}>
                {row.map((cell, i) => (
                  <td key={headings[i]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
