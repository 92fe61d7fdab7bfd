/** Sentences about the scenarios that come with the page; part of the catalogue in text.ts. */
export const galleryText = {
  button: 'Scenarios',
  title: 'Scenarios',
  note: 'Each makes its machine in the place of the present one. A demonstration runs its steps and measures, each number beside its control.',
  loading: 'Opening …',
  open: 'Open',
  openLong: (name: string) => `Open ${name}`,
  demonstrate: 'Demonstrate',
  demonstrateLong: (name: string) => `Demonstrate ${name}`,
  picture: (kernels: readonly string[], free: number) =>
    `${kernels.join('; ')}${free > 0 ? `; ${free === 1 ? '1 free core' : `${free} free cores`}` : ''}`,
  pictureKernel: (name: string, cores: readonly number[]) =>
    `${name}: core${cores.length === 1 ? '' : 's'} ${cores.join(', ')}`,
  repeatable: 'Repeatable mode',
  close: 'Close',
  failed: 'The scenario could not be read.',
  /** Which scenarios belong together, in this order; what is in none comes last. */
  groups: [
    { title: 'First steps', scenarios: ['two-kernels', 'eight-kernels', 'host'] },
    {
      title: 'Borders and faults',
      scenarios: ['blast-radius', 'wild-write', 'isolation', 'isolation-cooperative', 'doorbell-storm'],
    },
    { title: 'Cores and devices that move', scenarios: ['move-hart', 'move-device'] },
    { title: 'A kernel is replaced while it serves', scenarios: ['update-side-by-side', 'update-kho'] },
    { title: 'Messages', scenarios: ['messages', 'messages-parallel', 'not-a-hypervisor'] },
    {
      title: 'Real time, and splitting for speed',
      scenarios: ['real-time', 'real-time-repeatable', 'split', 'split-repeatable'],
    },
  ],
  others: 'More',
  demonstration: 'Demonstration',
  none: 'No demonstration yet. Choose one under Scenarios in the top bar.',
  state: {
    running: (done: number, all: number) => `Step ${Math.min(done + 1, all)} of ${all}`,
    held: (all: number) => `All ${all} steps held.`,
    failed: 'A step did not hold.',
    cancelled: 'Cancelled.',
  },
  round: (round: number, times: number) =>
    `round ${round.toLocaleString('en')} of ${times.toLocaleString('en')}`,
  cancel: 'Cancel',
  again: 'Run again',
  progress: 'Steps that are over',
  measurements: 'What was measured',
  measurement: 'Number',
  value: 'Value',
  control: 'Control',
  notJudged: (reason: string) => `not judged on this host: ${reason}`,
  steps: 'Steps',
  outcome: { held: 'held', failed: 'did not hold', interrupted: 'cancelled', 'not-judged': 'not judged' },
} as const;

/** The name of a scenario as words: `two-kernels` is "Two kernels". */
export const scenarioTitle = (name: string): string => {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
