import { describe, expect, it } from 'vitest';
import { parseKerf, type KerfCommand } from './kerf-parser.ts';
import { formatHarts, formatSize } from './kerf-values.ts';
import { helpText, VERBS } from './kerf-verbs.ts';

const MIB = 2 ** 20;

const CREATE = {
  verb: 'create',
  name: 'alpha',
  id: null,
  cpus: { list: [0, 1] },
  memory: 64 << 20,
  memoryBase: null,
  peers: null,
  devices: [],
  bootCpu: null,
  entry: 's',
  dryRun: false,
  format: 'text',
} as const;

const LOAD = { verb: 'load', name: 'alpha', initrd: null, cmdline: '', entry: null, dryRun: false } as const;

const UPDATE = {
  verb: 'update',
  name: 'beta',
  cpus: null,
  from: null,
  memory: null,
  devices: null,
  dryRun: false,
  format: 'text',
} as const;

const INIT = {
  verb: 'init',
  create: { ...CREATE, name: 'host', id: 0, cpus: { count: 1 } },
  input: null,
} as const;

const accepted: readonly (readonly [string, KerfCommand])[] = [
  ['kerf create alpha --cpus 0,1 --memory 64M', CREATE],
  ['  create   alpha --memory=64MB   --cpus=0-1 ', CREATE],
  ['create --cpus 0-1 --memory 65536KiB alpha', CREATE],
  ['create alpha --cpu-count 2 --memory 1G', { ...CREATE, cpus: { count: 2 }, memory: 2 ** 30 }],
  [
    'create alpha --cpus 0-1,3 --memory 2mib --memory-base 0x84000000 --peer beta,gamma --boot-cpu 3 --entry m --dry-run',
    {
      ...CREATE,
      cpus: { list: [0, 1, 3] },
      memory: 2 << 20,
      memoryBase: 0x84000000,
      peers: ['beta', 'gamma'],
      bootCpu: 3,
      entry: 'm',
      dryRun: true,
    },
  ],
  ['create alpha --cpus 0,1 --memory 64M --peer=', { ...CREATE, peers: [] }],
  ['create alpha --cpus 1,1 --memory 0x200000', { ...CREATE, cpus: { list: [1, 1] }, memory: 2 << 20 }],
  [
    'load alpha --kernel islet.bin',
    {
      verb: 'load',
      name: 'alpha',
      kernel: 'islet.bin',
      initrd: null,
      cmdline: '',
      entry: null,
      dryRun: false,
    },
  ],
  [
    `load alpha --kernel "my file" --cmdline 'beat=on say="hi there"' --entry m --dry-run`,
    {
      verb: 'load',
      name: 'alpha',
      kernel: 'my file',
      initrd: null,
      cmdline: 'beat=on say="hi there"',
      entry: 'm',
      dryRun: true,
    },
  ],
  [
    'load alpha --kernel a\\ b --cmdline "a \\"b\\" \\\\ \\n"',
    {
      verb: 'load',
      name: 'alpha',
      kernel: 'a b',
      initrd: null,
      cmdline: 'a "b" \\ \\n',
      entry: null,
      dryRun: false,
    },
  ],
  ['init', INIT],
  [
    'init --cpus 0-1 --memory 32M --boot-cpu 1',
    { ...INIT, create: { ...INIT.create, cpus: { list: [0, 1] }, memory: 32 << 20, bootCpu: 1 } },
  ],
  ['init --input pool.dts', { ...INIT, input: 'pool.dts' }],
  [
    'create alpha --id 7 --cpus 0,1 --memory 64M --devices rng0,blk0 --dry-run --format dts',
    { ...CREATE, id: 7, devices: ['rng0', 'blk0'], dryRun: true, format: 'dts' },
  ],
  ['load alpha --kernel k --initrd r', { ...LOAD, kernel: 'k', initrd: 'r' }],
  ['update beta --devices +rng0', { ...UPDATE, devices: { kind: 'add', names: ['rng0'] } }],
  ['update beta --devices -rng0,blk0', { ...UPDATE, devices: { kind: 'remove', names: ['rng0', 'blk0'] } }],
  ['update beta --devices rng0', { ...UPDATE, devices: { kind: 'set', names: ['rng0'] } }],
  ['update beta --devices=', { ...UPDATE, devices: { kind: 'set', names: [] } }],
  ['console alpha', { verb: 'console', name: 'alpha' }],
  ['apply more.dts', { verb: 'apply', file: 'more.dts', dryRun: false, format: 'text' }],
  ['apply more.dts --dry-run --format dts', { verb: 'apply', file: 'more.dts', dryRun: true, format: 'dts' }],
  ['rollback tx_3', { verb: 'rollback', name: 'tx_3' }],
  ['show --format dts', { verb: 'show', name: null, format: 'dts', overlays: false }],
  ['show --overlays', { verb: 'show', name: null, format: 'text', overlays: true }],
  ['handover beta gamma', { verb: 'handover', name: 'beta', to: 'gamma', step: 'all' }],
  ['handover beta --hold gamma', { verb: 'handover', name: 'beta', to: 'gamma', step: 'hold' }],
  ['exec alpha --kho', { verb: 'exec', name: 'alpha', kho: true, dryRun: false }],
  ['exec alpha', { verb: 'exec', name: 'alpha', kho: false, dryRun: false }],
  [
    'update beta --cpus 2,3',
    {
      verb: 'update',
      name: 'beta',
      cpus: { kind: 'set', harts: [2, 3] },
      from: null,
      memory: null,
      dryRun: false,
      devices: null,
      format: 'text',
    },
  ],
  [
    'update beta --cpus +2',
    {
      verb: 'update',
      name: 'beta',
      cpus: { kind: 'add', harts: [2] },
      from: null,
      memory: null,
      dryRun: false,
      devices: null,
      format: 'text',
    },
  ],
  [
    'update beta --cpus -2-3',
    {
      verb: 'update',
      name: 'beta',
      cpus: { kind: 'remove', harts: [2, 3] },
      from: null,
      memory: null,
      dryRun: false,
      devices: null,
      format: 'text',
    },
  ],
  [
    'update beta --cpus=-2',
    {
      verb: 'update',
      name: 'beta',
      cpus: { kind: 'remove', harts: [2] },
      from: null,
      memory: null,
      dryRun: false,
      devices: null,
      format: 'text',
    },
  ],
  [
    'update beta --cpus +2 --from alpha',
    {
      verb: 'update',
      name: 'beta',
      cpus: { kind: 'add', harts: [2] },
      from: 'alpha',
      memory: null,
      dryRun: false,
      devices: null,
      format: 'text',
    },
  ],
  [
    'update beta --memory +8M',
    {
      verb: 'update',
      name: 'beta',
      cpus: null,
      from: null,
      memory: { kind: 'add', size: 8 * MIB, base: null },
      dryRun: false,
      devices: null,
      format: 'text',
    },
  ],
  [
    'update beta --memory -2M@0x84000000 --dry-run',
    {
      verb: 'update',
      name: 'beta',
      cpus: null,
      from: null,
      memory: { kind: 'remove', size: 2 * MIB, base: 0x8400_0000 },
      dryRun: true,
      devices: null,
      format: 'text',
    },
  ],
  ['kill beta', { verb: 'kill', name: 'beta', force: false, dryRun: false }],
  ['kill --force beta', { verb: 'kill', name: 'beta', force: true, dryRun: false }],
  ['unload beta', { verb: 'unload', name: 'beta', dryRun: false }],
  ['delete beta', { verb: 'delete', name: 'beta', dryRun: false, format: 'text' }],
  ['show', { verb: 'show', name: null, format: 'text', overlays: false }],
  ['show beta --format json', { verb: 'show', name: 'beta', format: 'json', overlays: false }],
  ['help', { verb: 'help', about: null }],
  ['kerf help load', { verb: 'help', about: 'load' }],
];

const refused: readonly (readonly [string, string, string])[] = [
  ['', 'bad-verb', 'no verb'],
  ['kerf', 'bad-verb', 'no verb'],
  ['kerf kerf show', 'bad-verb', '"kerf"'],
  ['launch alpha', 'bad-verb', '"launch"'],
  ['constructor alpha', 'bad-verb', '"constructor"'],
  ['load alpha --kernel "x', 'open-quote', 'quote'],
  ['load alpha --kernel x\\', 'open-quote', 'backslash'],
  ['exec', 'no-name', 'exec: the name of the instance is missing'],
  ['exec alpha beta', 'too-many-words', '"beta"'],
  ['exec alpha --force', 'bad-flag', '--force is not a flag of exec'],
  ['exec alpha --toString', 'bad-flag', '--toString'],
  ['exec alpha --dry-run=yes', 'bad-flag', 'takes no value'],
  ['kill beta --force --force', 'flag-twice', '--force'],
  ['create alpha --cpus', 'no-value', '--cpus needs a value: LIST'],
  ['create alpha --memory 64M', 'missing-flag', '--cpus or --cpu-count'],
  ['create alpha --cpus 0', 'missing-flag', '--memory'],
  ['create alpha --cpus 0 --cpu-count 1 --memory 64M', 'bad-flag', 'exclude each other'],
  ['create alpha --cpus 0 --memory much', 'bad-size', '"much"'],
  ['create alpha --cpus 0 --memory 64X', 'bad-size', '"64X"'],
  ['create alpha --cpus 0 --memory 0', 'bad-size', '"0"'],
  ['create alpha --cpus 0 --memory -64M', 'bad-size', '"-64M"'],
  ['create alpha --cpus 0 --memory 99999999999999999999G', 'bad-size', 'not a size'],
  ['create alpha --cpus 0 --memory 64M --memory-base here', 'bad-address', '"here"'],
  ['create alpha --cpus 0, --memory 64M', 'bad-list', 'empty'],
  ['create alpha --cpus 3-1 --memory 64M', 'bad-list', 'backwards'],
  ['create alpha --cpus 0-999999 --memory 64M', 'bad-list', 'below 1024'],
  ['create alpha --cpus +1 --memory 64M', 'bad-list', '"+1"'],
  ['create alpha --cpu-count 0 --memory 64M', 'bad-number', '"0"'],
  ['create alpha --cpus 0 --memory 64M --peer a,,b', 'bad-list', 'empty'],
  ['create alpha --cpus 0 --memory 64M --boot-cpu x', 'bad-number', '"x"'],
  ['create alpha --cpus 0 --memory 64M --entry u', 'bad-entry', '"u"'],
  ['load alpha', 'missing-flag', '--kernel'],
  ['update alpha', 'missing-flag', '--cpus'],
  ['update alpha --cpus', 'no-value', '--cpus'],
  ['update alpha --memory 8M', 'bad-size', '+ nor -'],
  ['update alpha --memory +8M@x', 'bad-address', 'x'],
  ['update alpha --memory -8M@0x80000000@0', 'bad-size', '@0'],
  ['update alpha --cpus -1 --from beta', 'bad-flag', '--from'],
  ['update alpha --memory +2M --from beta', 'bad-flag', '--from'],
  ['update alpha --cpus +', 'bad-list', 'empty'],
  ['show --format yaml', 'bad-format', '"yaml"'],
  ['show alpha --overlays', 'too-many-words', '"alpha"'],
  ['show --overlays --format dts', 'bad-format', 'kerf show tx_N'],
  ['init host', 'too-many-words', '"host"'],
  ['init --input', 'no-value', '--input needs a value: FILE'],
  ['init --input pool.dts --cpus 0', 'bad-flag', '--input and --cpus exclude each other'],
  ['init --cpus 0 --cpu-count 1', 'bad-flag', 'exclude each other'],
  ['create alpha --id 0 --cpus 0 --memory 64M', 'bad-number', '"0"'],
  ['create alpha --cpus 0 --memory 64M --format dts', 'bad-format', 'needs --dry-run'],
  ['create alpha --cpus 0 --memory 64M --dry-run --format yaml', 'bad-format', '"yaml"'],
  ['delete alpha --format json', 'bad-format', 'needs --dry-run'],
  ['create alpha --cpus 0 --memory 64M --devices a,,b', 'bad-list', 'empty'],
  ['load alpha --kernel k --initrd=', 'no-value', '--initrd'],
  ['update alpha --devices +', 'bad-list', 'names no device'],
  ['console', 'no-name', 'the name of the instance is missing'],
  ['apply', 'no-name', 'the file with the overlay is missing'],
  ['rollback', 'no-name', 'the transaction, such as tx_1, is missing'],
  ['handover', 'no-name', 'the name of the instance that serves is missing'],
  ['handover beta', 'no-name', 'the name of the instance that is to serve is missing'],
  ['handover a b c', 'too-many-words', '"c"'],
  ['handover a b --hold --commit', 'bad-flag', '--hold and --commit exclude each other'],
  ['help fly', 'bad-verb', '"fly"'],
];

describe('parseKerf', () => {
  it.each(accepted)('accepts %s', (line, command) => {
    expect(parseKerf(line)).toEqual({ ok: true, value: command });
  });

  it.each(refused)('refuses "%s" with %s', (line, code, words) => {
    const result = parseKerf(line);
    expect(result.ok ? '' : result.error.code).toBe(code);
    expect(result.ok ? '' : result.error.reason).toContain(words);
  });

  it('gives the usage line of the verb as the hint', () => {
    const result = parseKerf('exec alpha beta');
    expect(result.ok ? '' : result.error.hint).toBe(`usage: ${VERBS.exec.usage}`);
  });
});

describe('the table of verbs', () => {
  it.each(Object.entries(VERBS))('names every flag of %s in its usage, and no other', (verb, row) => {
    const named = [...new Set(row.usage.match(/--[a-z-]+/g) ?? [])].sort();
    expect(named).toEqual(Object.keys(row.flags).sort());
    expect(row.usage.startsWith(`kerf ${verb}`)).toBe(true);
  });

  it('is what help prints', () => {
    for (const [verb, row] of Object.entries(VERBS)) {
      expect(helpText(null)).toContain(row.summary);
      expect(helpText(verb as keyof typeof VERBS)).toContain(row.usage);
    }
  });
});

it('formats lists and sizes so that they can be typed again', () => {
  expect(formatHarts([0, 1, 2, 4, 6, 7])).toBe('0-2,4,6-7');
  expect(formatHarts([])).toBe('none');
  expect([64 << 20, 3 << 19, 2 ** 31, 5000].map(formatSize)).toEqual(['64M', '1536K', '2G', '5000']);
});
