/** Asks the services again and again, at most ten times a second and never before the last answer is there. */
import { useEffect, useRef, useState } from 'react';
import { useFrame } from '../kit/frame-loop.ts';
import { LIVE_EVERY } from './live-rows.tsx';

export interface Poll<T> {
  /** The last answer to the present question; undefined: none yet. */
  readonly value: T | undefined;
}

/** `key` names the question: an answer to another one is not taken. The answer is for the frame loop, and renders nothing. */
export function usePoll<T>(key: string, ask: () => Promise<T | undefined>): Poll<T> {
  const [poll] = useState(() => new RunningPoll<T>());
  const latest = useRef(key);
  useEffect(() => {
    latest.current = key;
  });
  useFrame(LIVE_EVERY, () => poll.tick(latest.current, ask));
  return poll;
}

class RunningPoll<T> implements Poll<T> {
  value: T | undefined;
  private asked = '';
  private pending = false;

  tick(key: string, ask: () => Promise<T | undefined>): void {
    if (key !== this.asked) {
      this.asked = key;
      this.value = undefined;
      // An answer that is still under way is to another question; this one does not wait for it.
      this.pending = false;
    }
    if (this.pending) return;
    this.pending = true;
    void ask().then((answer) => {
      if (this.asked !== key) return;
      this.pending = false;
      if (answer !== undefined) this.value = answer;
    });
  }
}
