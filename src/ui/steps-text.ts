/** Steps and stops: their part of the page's texts (text.ts); comes with the first pause. */
import type { StopAt, StopReason } from '../protocol/stop.ts';

const many = (count: number): string => count.toLocaleString('en');

export const STEP_KEYS: Readonly<Record<StopAt, string>> = {
  instruction: 'X',
  function: 'O',
  message: 'E',
  ipi: 'R',
  owner: 'H',
};

export const stepsText = {
  label: 'Steps',
  step: 'Step',
  stepLong: 'Step one instruction',
  menu: 'Steps and stops',
  menuButton: 'Steps: run until …',
  items: {
    instruction: 'One instruction',
    function: 'Over a function',
    message: 'To the next message',
    ipi: 'To the next IPI',
    owner: 'To the next change of owner',
  } satisfies Record<StopAt, string>,
  short: {
    instruction: 'Instruction',
    function: 'Function',
    message: 'Message',
    ipi: 'IPI',
    owner: 'Owner',
  } satisfies Record<StopAt, string>,
  hints: {
    instruction: 'Every core that runs executes one.',
    function: 'If the core is at a call: until it has returned. Else one instruction.',
    message: 'Until one is published in a ring.',
    ipi: 'Until a core rings another, or another kernel.',
    owner: 'Until a core, memory or a device changes hands.',
  } satisfies Record<StopAt, string>,
  one: 'Step',
  until: 'Run to next',
  who: 'Who runs',
  all: 'All kernels',
  alone: (name: string) => `Only ${name}`,
  noKernel: 'Only its kernel',
  aloneHint: (name: string) =>
    `The others stand still while machine time goes on: what ${name} sends them waits, and their timers come late.`,
  pauseFirst: 'Pause the machine to step.',
  running: {
    instruction: 'one instruction',
    function: 'until the function returns',
    message: 'until the next message',
    ipi: 'until the next IPI',
    owner: 'until an owner changes',
  } satisfies Record<StopAt, string>,
  runs: (what: string, who: string | null) => (who === null ? `Runs ${what}` : `${who} runs ${what}`),
  giveUp: 'Stop here',
  core: (core: number) => `core ${core}`,
  controller: 'the controller',
  stands: (core: string, place: string) => `${core} stands at ${place}`,
  ended: {
    stepped: 'One instruction each',
    returned: 'Returned',
    happened: 'Stopped',
    cancelled: 'Stopped by hand',
    resumed: 'Goes on',
    stuck: 'Nothing to step: no core of these executes anything',
  } satisfies Record<StopReason, string>,
  notYet: {
    instruction: '',
    function: 'the function has not returned',
    message: 'no message came',
    ipi: 'no IPI came',
    owner: 'no owner changed',
  } satisfies Record<StopAt, string>,
  coreOf: (kernel: string, core: number) => `${kernel}’s core ${core}`,
  does: (who: string, what: string) => `${who} ${what}`,
  says: (who: string, what: string) => `${who}: ${what}`,
  ownIpi: 'sends an IPI inside its kernel',
  at: (instant: string) => `t = ${instant}`,
  nobodyElse: 'no other core executed anything since',
  withinShort: (count: number) => `others within ${many(count)}`,
  within: (count: number) =>
    `other cores stopped within ${many(count)} ${count === 1 ? 'instruction' : 'instructions'} after`,
} as const;
