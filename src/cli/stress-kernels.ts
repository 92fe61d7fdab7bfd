/** The kernels of the stress run, and the commands that make them. */

/** Two storming kernels of two harts and two free ones; two quiet ones of one hart and one of two. */
export const STRESS_HARTS = 10;
/** What the image of guests/stress has to be added as. */
export const STRESS_FILE = 'stress.img';
/** Bytes of memory of the machine; a kernel has 16 MiB. */
export const STRESS_RAM = 128 * 2 ** 20;

/** Of the pool: they come to the storming kernels and go. */
export const STRESS_DEVICES = ['rng0', 'disk0'] as const;
export type StressDevice = (typeof STRESS_DEVICES)[number];
/** So much memory comes or goes at once. */
export const MEMORY_STEP = 2 * 2 ** 20;

export const STORMS = ['north', 'south'] as const;
export const QUIET = ['east', 'west', 'centre'] as const;
export type QuietName = (typeof QUIET)[number];
export type Name = (typeof STORMS)[number] | QuietName;
/** In the order in which they are to be created. */
export const NAMES: readonly Name[] = [...STORMS, ...QUIET];

/** The harts that a kernel is created with, and its peers, all of them: a second one of a quiet kernel would wake it. */
const KERNELS: Readonly<Record<Name, { harts: readonly number[]; peers: string }>> = {
  north: { harts: [0, 1], peers: '' },
  south: { harts: [2, 3], peers: 'north' },
  east: { harts: [6], peers: '' },
  west: { harts: [7], peers: 'east' },
  centre: { harts: [8, 9], peers: '' },
};

export const hartsAtFirst = (name: Name): readonly number[] => KERNELS[name].harts;

export const createLine = (name: Name): string =>
  `create ${name} --cpus ${hartsAtFirst(name).join()} --memory 16M --peer=${KERNELS[name].peers}`;

export const loadLine = (name: Name): string =>
  `load ${name} --kernel ${STRESS_FILE}${(QUIET as readonly Name[]).includes(name) ? ' --cmdline quiet' : ''}`;
