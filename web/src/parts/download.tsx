import { useState } from 'preact/hooks';
import { type Address, apiQueryOf } from '../address.ts';
import { callForResponse } from '../api-call.ts';
import { exportPropertyRanking } from '../api/index.ts';
import { useTexts } from '../i18n.ts';

/** Buttons that download the whole list of a view as CSV. */
export function Download({ address }: { address: Address }) {
  const t = useTexts();
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle');

  const download = async (excel: boolean) => {
    setState('busy');
    try {
      // A plain link would fail when the access cookie has expired; callForResponse() refreshes the session.
      const query = { ...apiQueryOf(address), cursor: undefined, excel: excel || undefined };
      const { data: file, response } = await callForResponse(() =>
        exportPropertyRanking({ query, parseAs: 'blob' }),
      );
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file as unknown as Blob);
      link.download = fileNameOf(response);
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      setState('idle');
    } catch {
      setState('failed');
    }
  };
  return (
    <div class="download">
      <div class="download-buttons">
        {[false, true].map((excel) => (
          <button
            key={String(excel)}
            type="button"
            class="button secondary"
            disabled={state === 'busy'}
            onClick={() => void download(excel)}
          >
            {excel ? t.downloadForExcel : t.download}
          </button>
        ))}
      </div>
      <span role="status">
        {state === 'busy' && t.downloading}
        {state === 'failed' && t.downloadFailed}
      </span>
    </div>
  );
}

/** The name that the service gives the file. */
const fileNameOf = ({ headers }: Response): string =>
  /filename="(.+)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? 'ranking.csv';
