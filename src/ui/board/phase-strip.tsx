import type { PhaseShown } from '../../store/phase-playback.ts';
import { text } from '../text.ts';

/** How far a move or a hand-over has come: a mark for each step of the way. The word stands beside it. */
export function PhaseStrip(props: { readonly shown: PhaseShown }) {
  const { phase, step, steps, ended } = props.shown;
  return (
    <span
      className="phase-strip"
      data-failed={phase === 'failed' || undefined}
      data-ended={ended !== null || undefined}
      title={text.phase.slowed}
      aria-hidden="true"
    >
      {Array.from({ length: steps }, (_, index) => (
        <span key={index} data-step={index < step - 1 ? 'done' : index === step - 1 ? 'now' : undefined} />
      ))}
    </span>
  );
}
