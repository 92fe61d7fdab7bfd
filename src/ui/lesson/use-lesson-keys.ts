import { useEffect } from 'react';
import { takesKeys } from '../kit/takes-keys.ts';

/** N and B turn, wherever a key pressed means nothing to what has the focus. */
export function useLessonKeys(next: () => void, back: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesKeys(event.target))
        return;
      const key = event.key.toLowerCase();
      if (key !== 'n' && key !== 'b') return;
      event.preventDefault();
      if (key === 'n') next();
      else back();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [next, back]);
}
