/** Every screen of the page, named once: screenshots.ts makes their pictures, and screens.spec.ts has axe look at them. */
import type { Row } from './screen.ts';
import { LESSONS } from './screens-of-lessons.ts';
import { MACHINES } from './screens-of-machines.ts';
import { TWO_KERNELS } from './screens-of-two-kernels.ts';

export const ROWS: readonly Row[] = [TWO_KERNELS, ...MACHINES, ...LESSONS];
