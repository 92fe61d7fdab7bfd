/** Sentences about the scenarios that come with the page; part of the catalogue in text.ts. */
import type { ScenarioGroup } from '../protocol/scenario.ts';

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
  empty: 'No kernel here yet',
  emptyNote: 'Make one: press +, drop a core there, or type kerf create. Or open a scenario.',
  close: 'Close',
  failed: 'The scenario could not be read.',
  /** In the order of the page. */
  groups: {
    'first-steps': 'First steps',
    moves: 'Cores and devices that move',
    faults: 'Borders and faults',
    'hand-over': 'A kernel is replaced while it serves',
    'real-time': 'Real time beside general work',
    'many-kernels': 'Many kernels, and a kernel that manages the others',
  } satisfies Record<ScenarioGroup, string>,
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
