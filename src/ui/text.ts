/** Every sentence that a person can read on the page, in one place. English; plain words of docs/words.md. */
import type { DeviceView, Isolation, UpdatePhase } from '../protocol/machine-view.ts';
import { MEMORY_STEP, type ColumnActionId } from '../store/column-actions.ts';
import { consoleText } from './console-text.ts';
import { fileSize } from './file-size.ts';
import { galleryText } from './gallery-text.ts';
import { lessonText } from './lesson-text.ts';
import { sceneText } from './scene-text.ts';
import { shareText } from './share-text.ts';
import { timelineText } from './timeline-text.ts';

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** A time that something took, to two digits or so. */
function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`;
}

const PHASE_WORDS = {
  ownership: 'handed over',
  'cpu-add': 'announced',
  starting: 'starting',
  online: 'online',
  failed: 'failed',
  'cpu-remove': 'asked for',
  migrating: 'emptied',
  stopping: 'stopping',
  stopped: 'stopped',
  free: 'free',
  'mem-add': 'announced',
  'mem-remove': 'asked for',
  'device-add': 'announced',
  'device-remove': 'asked for',
  preserve: 'preserving',
  freeze: 'frozen',
  'scratch-boot': 'next starts',
  restore: 'restoring',
  finish: 'replaced',
  overlap: 'next one beside',
  migrate: 'state moves',
  ready: 'ready to commit',
  commit: 'committing',
  'rolled-back': 'rolled back',
} satisfies Record<UpdatePhase, string>;

export const text = {
  product: 'Archipelago',
  tagline: 'several kernels, one machine',

  bar: {
    label: 'Machine',
    pause: 'Pause',
    resume: 'Resume',
    reset: 'Reset',
    isolation: 'Isolation',
    time: 'Machine time',
    timeValue: (seconds: string) => `t = ${seconds} s`,
    keys: 'Keys and words',
    more: 'More',
  },
  trace: {
    export: 'Export trace',
    file: 'archipelago-trace.json',
    exported: (records: number, lost: number) =>
      `${count(records, 'trace record', 'trace records')}${lost > 0 ? `, lost ${lost.toLocaleString('en')}` : ''}`,
  },
  timeline: timelineText,
  share: shareText,
  gallery: galleryText,
  scene: sceneText,
  lastMachine: {
    label: 'Machine of the last visit',
    what: (kernels: readonly string[]) =>
      kernels.length === 0
        ? 'From your last visit: a machine without kernels.'
        : `From your last visit: ${kernels.join(', ')}.`,
    restore: 'Restore it',
    dismiss: 'Do not offer it again',
  },
  drawer: {
    label: 'Drawer',
    divider: 'Width of the drawer',
    contents: 'Contents of the drawer',
    close: 'Close the drawer',
    loading: 'Opening …',
    inspector: 'Inspector',
    inspect: (core: number) => `Inspect core ${core}`,
    inspectHint: 'registers, code, memory, page tables',
  },
  isolation: {
    enforced: 'Enforced',
    cooperative: 'Cooperative',
  } satisfies Record<Isolation, string>,
  isolationSentence: {
    enforced:
      'A kernel that reaches for memory not its own faults: what physical memory protection per kernel does.',
    cooperative:
      'Nothing stops a wild write: the kernels trust each other, as in the Linux multikernel proposal.',
  } satisfies Record<Isolation, string>,

  board: {
    label: 'Cores and kernels',
    consoles: 'Consoles and command line',
    divider: 'Height of the board',
    columns: 'Columns',
    freeCores: 'Free cores',
    freeTab: 'Free',
    pool: 'pool',
    freeMemory: (mib: number) => `${mib.toLocaleString('en')} MiB free`,
    noFreeCores: 'All cores are given away.',
    noCores: 'No core. Drag one here.',
    addKernel: 'kernel',
    addKernelLong: 'Make a kernel',
    newKernel: 'a new kernel',
    failedTab: 'failed',
    /** At the edge of a board that is wider than the window. */
    more: { left: (n: number) => `‹ ${n} more`, right: (n: number) => `${n} more ›` },
    moreLong: {
      left: (n: number) => `${count(n, 'more kernel', 'more kernels')} to the left`,
      right: (n: number) => `${count(n, 'more kernel', 'more kernels')} to the right`,
    },
  },
  header: {
    pulse: (name: string, beating: boolean) => `Pulse of ${name}: ${beating ? 'beating' : 'flat'}`,
    work: 'work',
    workUnit: 'per M',
    workUnitLong: ' cycles',
    workHint:
      'Work done by load threads per million machine cycles; a cycle is one instruction of the busiest core of the machine',
    firmware: 'firmware',
    firmwareUnit: 'per s',
    firmwareHint: 'Calls into the firmware per second: loads, stores and arithmetic never enter it',
    faultsOf: 'gate',
    faults: 'faults',
    faultsHint: 'Accesses to memory of others that were refused since this kernel booted',
    menu: (name: string) => `Actions of ${name}`,
  },
  action: {
    console: 'Console',
    boot: 'Boot',
    restart: 'Restart',
    kill: 'Kill',
    force: 'Kill by force',
    load: 'Load another image …',
    image: 'Boot another image …',
    replace: 'Replace while it runs …',
    handover: 'Hand over to',
    hold: 'Prepare hand-over to',
    commit: 'Commit hand-over to',
    rollback: 'Roll back hand-over to',
    unload: 'Unload',
    more: `Give ${MEMORY_STEP} MiB more`,
    less: `Take ${MEMORY_STEP} MiB back`,
    delete: 'Delete',
  } satisfies Record<ColumnActionId, string>,
  confirm: {
    title: (action: string, name: string) => `${action} ${name}?`,
    what: (name: string) => `${name} runs. What it holds in its memory is lost; the other kernels go on.`,
    cancel: (name: string) => `Leave ${name} running`,
  },
  load: {
    title: (name: string) => `Load another image into ${name}`,
    submit: 'Load',
    working: 'Loading …',
  },
  replace: {
    title: (name: string) => `Replace ${name} while it runs`,
    submit: 'Replace',
    working: 'Handing over …',
  },
  lastWords: {
    open: 'Last words',
    openOf: (name: string) => `Last words of ${name}`,
    reading: 'Reading …',
    none: 'Nothing was kept.',
    ended: (bootId: number, reason: string) => `Boot ${bootId} ended: ${reason}.`,
    console: 'Console, to its end',
    stackOf: (core: number) => `Stack of core ${core}`,
    pc: 'pc: it stopped here',
    frames: 'Below the pc: the calls it was in, by the chain of frame pointers.',
    scan: 'Below the pc: possible return addresses, found on the stack. This kernel keeps no frame pointers, so one may be left from a call that has returned.',
    registers: 'Registers',
    noName: '(no name known)',
    close: 'Close',
  },
  busy: 'working',

  core: {
    name: (core: number) => `Core ${core}`,
    label: (core: number, place: string) => `Core ${core}, ${place}`,
    inFree: 'free',
    inKernel: (name: string) => `of ${name}`,
    boot: 'boot core',
    freePlace: 'free cores',
    state: {
      running: 'running',
      idle: 'idle',
      offline: 'offline',
      trapped: 'trapped',
      lost: 'lost',
      free: 'free',
    },
  },
  device: {
    list: 'Devices',
    label: ({ name, window }: DeviceView) =>
      window
        ? `Device ${name}, at 0x${window.base.toString(16)}, interrupt ${window.interrupt}`
        : `Device ${name}, free`,
    name: (name: string) => `Device ${name}`,
    freePlace: 'the pool',
  },
  phase: {
    word: PHASE_WORDS,
    memoryOf: (name: string) => `Memory of ${name}`,
    devicesOf: (name: string) => `Devices of ${name}`,
    /** `ms`: milliseconds of machine time. */
    took: duration,
    story: (who: string, phases: readonly UpdatePhase[], ms: number) =>
      `${who}: ${phases.map((phase) => PHASE_WORDS[phase]).join(', ')}; all in ${duration(ms)}.`,
    slowed: 'Each step is shown for 0.4 s at least; the time at the end is what all of them really took.',
  },
  move: {
    howTo: 'Drag to another column, or press an arrow key and then Enter. Enter opens the menu.',
    /** `who`: a core or a device, with its number or name. */
    menu: (who: string) => `Move ${who.toLowerCase()} to`,
    entry: (place: string) => `Move to ${place}`,
    to: (who: string, place: string) => `${who}, to ${place}.`,
    confirm: 'Enter moves it, Escape leaves it.',
    confirmAnyway: 'Enter asks for it all the same, Escape leaves it.',
    started: (who: string, place: string) => `${who} of ${place} taken up.`,
    cancelled: (who: string) => `${who} stays.`,
    done: (who: string, place: string) => `${who} moved to ${place}.`,
    refused: (who: string) => `${who} was not moved.`,
    legal: 'Drop here',
    makes: 'Make a kernel',
    rule: {
      'boot-hart': (name: string) => `${name} runs and booted on it: stop it first`,
      'owner-failed': (name: string) => `${name} failed: unload it first`,
      'target-failed': (name: string) => `${name} failed: unload it first`,
      'core-not-free': (name: string) => `a new kernel needs free cores: take it from ${name} first`,
      'device-to-new': () => 'make the kernel first',
    },
  },
  wire: {
    count: (doorbells: number, limited: number) =>
      `${count(doorbells, 'doorbell', 'doorbells')}${limited > 0 ? `, ${limited.toLocaleString('en')} held back` : ''}`,
    detail: (a: string, b: string, ab: number, ba: number, limited: number) =>
      `${text.wire.count(ab + ba, limited)}: ${a} to ${b} ${ab}, ${b} to ${a} ${ba}`,
    shown: (every: number) => `1 of ${every} shown`,
    noMessage: 'No message of that wire is kept.',
    slowed: (seconds: number) => `slowed: each flight takes ${seconds} s`,
  },
  refusal: { title: 'Refused', close: 'Close' },
  coach: {
    drag: (core: number, name: string) => `Drag core ${core} to ${name}`,
    close: 'Got it',
  },

  kerf: {
    label: 'kerf command line',
    title: 'kerf',
    about: 'the cut a saw leaves',
    aboutLong: 'The multikernel project’s tool that divides the machine. A kerf is the cut a saw leaves.',
    log: 'kerf history',
    empty: 'Each gesture on the board prints its kerf line here; typing the line does the same.',
    running: 'working …',
    from: (name: string) => `from ${name}`,
  },
  console: {
    label: (name: string) => `Console of ${name}`,
    input: (name: string) => `Type to ${name}`,
    search: 'Search',
    searchIn: (name: string) => `Search the console of ${name}`,
    none: 'not found',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'The browser did not let the page copy. Save the log instead.',
    save: 'Save log',
    screenReader: 'Read aloud',
    skipped: (bytes: number) => `[${bytes.toLocaleString('en')} bytes came too fast and are not shown]`,
  },

  create: {
    title: 'Make a kernel',
    name: 'Name',
    nameRule: 'Small letters, digits and dashes, a letter first',
    cores: 'Cores',
    noCores: 'No core is free. Take one from a stopped kernel first.',
    memory: 'Memory',
    mib: (mib: number) => `${mib} MiB`,
    image: 'Image',
    builtIn: {
      islet: 'islet, built in',
      metronome: 'metronome, built in',
      host: 'host: islet with kerf in its shell',
    },
    choose: 'Choose a file…',
    file: (name: string, bytes: number) => `${name}, ${fileSize(bytes)}`,
    advanced: 'Advanced options',
    entry: 'Starts in',
    entryName: { s: 'S-mode, firmware below', m: 'M-mode, no firmware' },
    memoryBase: 'Memory base',
    memoryBaseHint: 'where there is room',
    cmdline: 'Command line',
    cmdlineHint: { islet: 'beat', metronome: 'none', host: 'none', file: 'none' },
    unreadable: {
      code: 'file-unreadable',
      reason: (name: string, detail: string) => `The browser cannot read ${name}: ${detail}`,
      hint: 'Choose the file again; it may have changed or gone since it was chosen.',
    },
    working: 'Making …',
    progress: (line: string) => `Under way: ${line}`,
    cancelling: 'Giving up after this line, and undoing those before …',
    lines: 'What this types at the command line',
    submit: 'Make and boot',
    cancel: 'Cancel',
  },
  keys: {
    title: 'Keys and words',
    keys: 'Keys',
    words: 'Words',
    rows: [
      ['Space', 'pause and resume the machine'],
      ['?', 'this list'],
      ['k', 'go to the kerf command line'],
      ['← →  then Enter', 'on a core or a device: choose a column, move it there'],
      ['Enter', 'on a core or a device: its menu'],
      ['Escape', 'put a core or a device back, close what is open'],
      ['Ctrl F', 'in a console: search'],
      consoleText.leaveKeys,
      ['↑ ↓', 'at the command line: earlier lines'],
      ['P', 'present: Page Down and Page Up walk the beats, Escape leaves'],
      ['I', 'open and close the inspector'],
      lessonText.keys,
      ['X  O', 'when paused: step one instruction, step over a function'],
      ['E  R  H', 'when paused: run to the next message, IPI, change of owner'],
      ['T', 'open and close the timeline'],
      ['W S', 'in the timeline: zoom in and out'],
      ['A D', 'in the timeline: earlier and later'],
      ['. ,', 'in the timeline: next and previous event'],
      [', .  ← →', 'when paused: walk a message, from station to station'],
      ['F  M  L', 'in the timeline: show the selected event, pin it, follow the machine'],
    ],
    glossary: [
      ['core', 'RISC-V calls it a hart, kerf a CPU'],
      ['kernel', 'kerf calls it an instance: an operating system kernel with cores and memory of its own'],
      ['free cores', 'the pool: cores and memory that no kernel has'],
      ['firmware', 'answers a kernel’s SBI calls; not on the path of loads and stores'],
      ['doorbell', 'an inter-processor interrupt that says: there is a message in the shared ring'],
      ['kerf', 'the command line that divides the machine; the cut a saw leaves'],
    ],
    close: 'Close',
  },

  preflight: {
    title: 'Before a lecture:',
    isolated: '✓ isolated: a worker for each core',
    notIsolated: '✗ not isolated: one worker for all cores',
    hostCores: (count: number) => `${count} host core${count === 1 ? '' : 's'}`,
    offline: {
      ready: '✓ ready offline',
      local: '✓ served from this computer',
      'on-its-way': 'files for offline on their way …',
      never: '✗ not kept for offline here',
    },
  },

  plain: {
    badge: 'One worker',
    short: '1 worker',
    name: 'Repeatable mode on one worker: why',
    whyBrowser: 'This browser has no shared memory for JavaScript: the cores cannot have a worker each.',
    why: 'This page is not cross-origin isolated, and a browser gives shared memory to no other: the cores cannot have a worker each.',
    means:
      'So they take turns on one worker, in Repeatable mode: the same kernels, the same machine, and time is counted in instructions. It is slower, and nothing runs in parallel.',
    mend: 'For Parallel mode, have the server send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, as “npm start” does.',
    mendFrame: 'For Parallel mode, open it in a tab of its own, or isolate the page around it too.',
  },

  trouble: {
    'start-failed': {
      title: 'The machine did not start.',
      what: 'Reload the page. If it happens again, close other tabs that need much memory.',
    },
    'scenario-failed': {
      title: 'The machine runs, but its first scenario did not come to its end.',
      what: 'Reset tries again; the command line shows how far it came.',
    },
    'services-lost': {
      title: 'The worker that controls the machine is gone.',
      what: 'Reset makes a new machine; what ran on this one is lost.',
    },
    'bad-link': shareText.badLink,
    'images-differ': shareText.imagesDiffer,
  },
  lostCores: (cores: string) =>
    `The worker of ${cores} died. Its kernel stopped; the others go on. Restart the kernel from its menu.`,
  workerlessCores: (cores: string) =>
    `${cores}: no worker could be started, after several attempts. Kernels can use the other cores. Reset makes a new machine.`,
  state: {
    empty: 'empty',
    ready: 'ready',
    loaded: 'loaded',
    active: 'running',
    failed: 'failed',
    paused: 'paused',
    panic: 'panic',
    held: (other: string) => `ready for ${other}`,
  },
  starting: 'Starting the machine …',
  skip: 'Skip to the kerf command line',
} as const;
