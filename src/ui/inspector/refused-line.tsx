import { useRef } from 'react';
import type { Result } from '../../base/result.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { LIVE_EVERY } from './live-rows.tsx';

/** Why there is nothing to show, and what to do about it, as the services say it; hidden while there is something. */
export function RefusedLine(props: { readonly read: () => Result<unknown> | undefined }) {
  const node = useRef<HTMLParagraphElement>(null);
  useFrame(LIVE_EVERY, () => {
    const answer = props.read();
    const words = answer && !answer.ok ? `${answer.error.reason} ${answer.error.hint}` : '';
    if (!node.current || node.current.textContent === words) return;
    node.current.textContent = words;
    node.current.hidden = words === '';
  });
  return <p ref={node} className="refused-line" role="status" data-testid="inspect-refused" hidden />;
}
