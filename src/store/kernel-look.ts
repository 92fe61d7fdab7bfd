/**
 * Letter, shape and hue of a kernel, always shown together so that colour is never the only sign. They follow from the
 * instance ID alone, so a kernel keeps them for life.
 */
const SHAPES = ['square', 'triangle', 'circle', 'diamond'] as const;
export type Shape = (typeof SHAPES)[number];

export interface KernelLook {
  /** A, B, C … for instances 1, 2, 3 …; H for the host instance 0. */
  readonly letter: string;
  readonly shape: Shape;
  /** Value of `data-hue`, by which the style sheet chooses the colour: 0 … 3. */
  readonly hue: number;
}

/** @param instance instance ID, 0 … 511. */
export function kernelLook(instance: number): KernelLook {
  const index = instance === 0 ? SHAPES.length - 1 : (instance - 1) % SHAPES.length;
  const letter = instance === 0 ? 'H' : String.fromCharCode(65 + ((instance - 1) % 26));
  return { letter, shape: SHAPES[index] ?? 'square', hue: index };
}
