import { RefusalText } from '../kit/refusal-text.tsx';
import type { Refusal } from './own-image.ts';

/** Why what a dialog asked for was refused, in the dialog, brought into sight. */
export function DialogRefusal(props: { readonly refusal: Refusal; readonly testId: string }) {
  return (
    <div
      className="refusal-box"
      role="alert"
      data-testid={props.testId}
      ref={(element) => element?.scrollIntoView({ block: 'nearest' })}
    >
      <RefusalText error={props.refusal.error} line={props.refusal.line} />
    </div>
  );
}
