import { useSyncExternalStore } from 'react';
import { isStill, onStill } from '../../store/settings.ts';

/** Whether nothing is to move but what must, followed live. */
export const useStill = (): boolean => useSyncExternalStore(onStill, isStill);
