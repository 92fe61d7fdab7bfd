import { useState } from 'react';
import type { PhaseShown, Traveller } from '../../store/phase-playback.ts';
import { useMachine } from '../../store/machine-store.ts';
import { announce } from '../kit/announcer.tsx';
import { useFrame } from '../kit/frame-loop.ts';
import { text } from '../text.ts';

/** Ways whose end has been told: a tile that changes its column does not tell it again. */
const told = new WeakSet<PhaseShown>();

/**
 * The phase that a traveller shows now, or null. When it has come to its end, the whole way is said aloud once, with
 * `name` for who went it: who does not see the phases pass hears which there were.
 */
export function usePhase(traveller: Traveller, name: string): PhaseShown | null {
  const [shown, setShown] = useState<PhaseShown | null>(null);
  useFrame(33, (now) => {
    const next = useMachine.getState().machine?.phases.shown(traveller, now) ?? null;
    if (next === shown) return;
    setShown(next);
    if (!next?.ended || told.has(next)) return;
    told.add(next);
    announce(text.phase.story(name, next.ended.phases, next.ended.took));
  });
  return shown;
}
