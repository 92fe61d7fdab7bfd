import type { KerfReply } from '../../protocol/machine-view.ts';
import { text } from '../text.ts';

/** What a refusal says: the rule, the line that broke it where that is not shown beside it, the reason and the hint. */
export function RefusalText(props: {
  readonly error: NonNullable<KerfReply['error']>;
  readonly line?: string | null;
}) {
  const { error, line } = props;
  return (
    <>
      <p className="refusal-title">
        {text.refusal.title} <code>{error.code}</code>
      </p>
      {typeof line === 'string' && (
        <p className="refusal-line">
          <code>{line}</code>
        </p>
      )}
      <p>{error.reason}</p>
      <p className="refusal-hint">{error.hint}</p>
    </>
  );
}
