import { useRef, useState } from 'react';
import type { Progress } from '../../store/kerf-steps.ts';

/** Milliseconds: what is done sooner has no need of words about how far it is. */
const TELL_AFTER = 1000;

/** Where kerf lines that a dialog has begun are, and giving them up. */
export function useSteps() {
  const [working, setWorking] = useState(false);
  const [line, setLine] = useState<string | null>(null);
  const [told, setTold] = useState(false);
  const [cancelled, setCancelled] = useState(false);
  const isCancelled = useRef(false);

  /** Does `act`; resolves with what it does, and whether it was given up. */
  async function through<T>(
    act: (progress: Progress) => Promise<T>,
  ): Promise<{ outcome: T; cancelled: boolean }> {
    isCancelled.current = false;
    setWorking(true);
    setCancelled(false);
    const timer = setTimeout(() => setTold(true), TELL_AFTER);
    try {
      const outcome = await act({ at: setLine, isCancelled: () => isCancelled.current });
      return { outcome, cancelled: isCancelled.current };
    } finally {
      clearTimeout(timer);
      setWorking(false);
      setTold(false);
      setLine(null);
    }
  }

  return {
    working,
    cancelled,
    /** The line that is under way, once it is worth telling. */
    line: told ? line : null,
    through,
    cancel: (): void => {
      isCancelled.current = true;
      setCancelled(true);
    },
  };
}
