/** The inspector's part of the page's texts (text.ts); comes with the inspector. */
import type { AccessName, CsrLayout } from '../protocol/inspect.ts';
import type { InspectorTab } from '../store/inspector-store.ts';

export const inspectorText = {
  core: 'Core',
  coreOf: (core: number, place: string) => `Core ${core}, ${place}`,
  free: 'free',
  tabs: 'What is inspected',
  tab: { core: 'Core', memory: 'Memory', walk: 'Walk', tree: 'Device tree' } satisfies Record<
    InspectorTab,
    string
  >,
  exact: {
    paused: 'exact: the machine is paused',
    rests: 'exact: this core rests',
    running: 'as of its last stop',
  },
  copy: 'Copy',
  copied: 'Copied',
  reading: 'Reading …',
  go: 'Show',

  mode: (privilege: string) => `${privilege}-mode`,
  retired: (count: number) => `${count.toLocaleString('en')} instructions retired`,
  code: 'Code',
  codeAt: 'Code at',
  codeHint: 'pc',
  registers: 'Registers',
  csrs: {
    supervisor: 'Supervisor CSRs',
    machine: 'Machine CSRs',
    user: 'User CSRs',
  } satisfies Record<CsrLayout['level'], string>,

  memory: {
    address: 'Address',
    space: 'Address space',
    virtual: (core: number) => `as core ${core} sees it`,
    physical: 'physical',
    bytes: 'Bytes',
    placed: (owner: string, physical: string) => `of ${owner}, at ${physical} in RAM`,
    map: 'All RAM, by owner',
    mapHint: 'Press a range to see its bytes.',
    ranges: 'Ranges of RAM by owner',
    notMapped: 'not mapped',
    pool: 'pool',
    channel: (number: number, ends: string) => `channel ${number}: ${ends}`,
    controller: 'the controller',
    gone: 'a kernel that is gone',
    size: (bytes: number): string =>
      bytes >= 0x10_0000
        ? `${(bytes / 0x10_0000).toLocaleString('en', { maximumFractionDigits: 1 })} MiB`
        : `${bytes / 0x400} KiB`,
  },

  walk: {
    address: 'Address',
    access: 'Access',
    accesses: { load: 'load', store: 'store', fetch: 'fetch' } satisfies Record<AccessName, string>,
    asked: (access: string, address: string, mode: string) => `${access} of ${address} in ${mode}`,
    bare: 'No translation: the address is the physical one.',
    level: (level: number, index: number) => `Level ${level}, entry ${index}`,
    at: 'entry at',
    entry: 'entry',
    target: 'points to',
    owner: 'owner',
    flags: 'flags',
    physical: 'physical address',
    pmp: 'PMP of the core',
    gate: 'gate',
    allowed: 'allows it',
    refused: 'refuses it',
    notAsked: 'not asked',
    result: 'Outcome',
    fault: { page: 'page fault', access: 'access fault' },
    outside: 'outside RAM',
    verdict: {
      'next-table': 'points to the next table',
      granted: 'maps the page for this access',
      device: 'It leads outside RAM, to a device or to nothing.',
      'not-canonical': 'The bits above those that are translated do not all equal the highest of them.',
      invalid: 'The entry is not valid: V is 0.',
      'write-without-read': 'W without R is reserved.',
      'reserved-bits': 'Reserved bits are set.',
      'no-leaf': 'The last level points on to a table.',
      'pointer-with-leaf-bits': 'A pointer to a table has A, D or U set.',
      'misaligned-superpage': 'The page does not begin at a multiple of its size.',
      'user-page': 'The page is U-mode’s; S-mode may load and store there only with SUM, and never fetch.',
      'supervisor-page': 'The page is not U-mode’s.',
      'no-permission': 'R, W and X do not allow this access.',
      'accessed-clear': 'A is 0, and the hart is not to set it.',
      'dirty-clear': 'D is 0, and the hart is not to set it.',
      'outside-ram': 'That is outside RAM.',
      pmp: 'The PMP of the core refuses it.',
      gate: 'The gate refuses it: the page is not this kernel’s.',
    },
    arrives: 'The access goes through.',
  },

  tree: {
    of: (name: string) => `Given to ${name} at boot`,
    at: (address: string) => `at ${address} in its memory`,
    again: 'Read again',
    noKernel: 'This core is free: no kernel, no tree.',
    source: 'As source',
    root: '/',
  },
} as const;
