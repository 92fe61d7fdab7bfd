import { describe, expect, test } from 'vitest';
import { playedSteps } from '../protocol/beat.ts';
import { parseScenario } from './scenario-file.ts';

const steps = (...lines: string[]): string =>
  ['name: t', 'steps:', ...lines.map((line) => `  - ${line}`)].join('\n');

/** What is wrong, the text, and the beginning of the message after the file's name. */
const MALFORMED: [string, string, string][] = [
  ['nothing in it', '', ' the file is empty'],
  ['a comment alone', '# name: t', ' the file is empty'],
  ['an open bracket', 'name: t\nfiles: [', '2: not YAML: '],
  ['a tab as indentation', 'name: t\nmachine:\n\tharts: 4', '3: not YAML: '],
  ['a key twice', 'name: t\nname: u', '2: not YAML: Map keys must be unique'],
  ['two documents', 'name: t\n---\nname: u', '2: more than one document in the file'],
  ['an alias to nothing', 'name: t\nfiles: *x', ' not YAML: Unresolved alias'],
  ['an alias bomb', bomb(), ' not YAML: Excessive alias count'],
  ['a list for a scenario', '- kerf: show', '1: must be a mapping; the keys are name, description, machine'],
  ['no name', 'steps: []', '1: name: must be 1 to 64 lower-case letters, digits and dashes'],
  ['a name with a space', 'name: two kernels', '1: name: must be 1 to 64 lower-case letters'],
  ['nothing to do', 'name: t\nsetup: []\nsteps: []', '3: steps: there is no step'],
  ['an unknown key', 'name: t\nstep: []', '2: step: "step" is not a key of a scenario; the keys are name'],
  ['a machine that is a number', 'name: t\nmachine: 4', '2: machine: must be a mapping; the keys are harts'],
  [
    'too many harts',
    'name: t\nmachine:\n  harts: 17',
    '3: machine.harts: must be a whole number from 1 to 16',
  ],
  ['no hart', 'name: t\nmachine: { harts: 0 }', '2: machine.harts: must be a whole number from 1 to 16'],
  [
    'harts as text',
    'name: t\nmachine: { harts: four }',
    '2: machine.harts: must be a whole number from 1 to 16',
  ],
  [
    'a half hart',
    'name: t\nmachine: { harts: 1.5 }',
    '2: machine.harts: must be a whole number from 1 to 16',
  ],
  ['too much memory', 'name: t\nmachine: { memory: 4G }', '2: machine.memory: "4G" is not a memory size'],
  [
    'memory off its grain',
    'name: t\nmachine: { memory: 3M }',
    '2: machine.memory: "3M" is not a memory size',
  ],
  [
    'memory of no unit known',
    'name: t\nmachine: { memory: 1T }',
    '2: machine.memory: "1T" is not a memory size',
  ],
  ['memory as a list', 'name: t\nmachine: { memory: [1] }', '2: machine.memory: must be a size such as 256M'],
  [
    'an unknown isolation',
    'name: t\nmachine: { isolation: on }',
    '2: machine.isolation: must be enforced or cooperative',
  ],
  ['an unknown mode', 'name: t\nmachine: { mode: fast }', '2: machine.mode: must be parallel or repeatable'],
  [
    'an unknown device',
    'name: t\nmachine: { devices: [rng0, net0] }',
    '2: machine.devices[1]: must be rng0, rng1 or disk0',
  ],
  [
    'a negative seed',
    'name: t\nmachine: { seed: -1 }',
    '2: machine.seed: must be a whole number from 0 to 4294967295',
  ],
  [
    'an unknown key of machine',
    'name: t\nmachine: { cores: 4 }',
    '2: machine.cores: "cores" is not a key of machine',
  ],
  ['a file above public/', 'name: t\nfiles: [../secret]', '2: files[0]: must be a path relative to public/'],
  ['a file by address', 'name: t\nfiles: ["https://a/b"]', '2: files[0]: must be a path relative to public/'],
  ['a file twice', 'name: t\nfiles:\n  - a\n  - a', '4: files[1]: "a" is listed twice'],
  ['files as text', 'name: t\nfiles: a', '2: files: must be a list of files under public/'],
  ['steps as a mapping', 'name: t\nsteps: { kerf: show }', '2: steps: must be a list of steps'],
  ['a step that is a number', steps('5'), '3: steps[0]: a step must have one of the keys kerf, type, expect'],
  [
    'a step of no kind',
    steps('kerf: show', 'sleep: 5s'),
    '4: steps[1]: a step must have one of the keys kerf',
  ],
  [
    'a step of two kinds',
    steps('{ kerf: show, wait: 5s }'),
    '3: steps[0]: a step must have only one of the keys',
  ],
  ['a kerf step without a command', steps('kerf:'), '3: steps[0].kerf: must be text, a kerf command'],
  ['a kerf step with an unknown verb', steps('kerf: make alpha'), '3: steps[0].kerf: '],
  ['a kerf step with a bad size', steps('kerf: create a --cpus 0 --memory 16Q'), '3: steps[0].kerf: '],
  [
    'an exit status that kerf has not',
    steps('{ kerf: show, exit: 4 }'),
    '3: steps[0].exit: must be a whole number',
  ],
  [
    'an unknown key of a kerf step',
    steps('{ kerf: show, exits: 1 }'),
    '3: steps[0].exits: "exits" is not a key',
  ],
  [
    'type without text',
    steps('type: { console: a }'),
    '3: steps[0].type.text: is missing: must be text, what to type',
  ],
  [
    'type without a console',
    steps('type: { text: x }'),
    '3: steps[0].type.console: is missing: must be text',
  ],
  [
    'expect without anything to see',
    steps('expect: { console: a }'),
    '3: steps[0].expect: needs either text or pattern',
  ],
  [
    'expect with text and pattern',
    steps('expect: { console: a, text: x, pattern: y }'),
    '3: steps[0].expect: needs either text or pattern',
  ],
  [
    'a broken pattern',
    steps('expect: { console: a, pattern: "(" }'),
    '3: steps[0].expect.pattern: is not a regular expression: ',
  ],
  [
    'a duration without a unit',
    steps('wait: 500'),
    '3: steps[0].wait: must be a duration such as 500ms, 5s or 2m',
  ],
  ['a duration of nothing', steps('wait: 0s'), '3: steps[0].wait: "0s" is not a duration'],
  ['a duration of years', steps('wait: 999999m'), '3: steps[0].wait: "999999m" is not a duration'],
  [
    'a bad limit',
    steps('expect: { console: a, text: x, within: soon }'),
    '3: steps[0].expect.within: "soon" is not a duration',
  ],
  [
    'a measure of nothing',
    steps('measure: { name: a }'),
    '3: steps[0].measure: a measure must have one of the keys doorbells',
  ],
  [
    'a measure without a name',
    steps('measure: { elapsed: true }'),
    '3: steps[0].measure.name: is missing: must be text',
  ],
  [
    'a measure of two things',
    steps('measure: { name: a, elapsed: true, memory-hash: { kernel: b } }'),
    '3: steps[0].measure: a measure must have only one of the keys memory-hash and elapsed',
  ],
  [
    'an unknown word of the status block',
    steps('measure: { name: a, status: { kernel: b, word: speed } }'),
    '3: steps[0].measure.status.word: must be beats, late, missed, work, metronome-count, metronome-missed, ' +
      'metronome-p50, metronome-p99, metronome-max, jitter-p50, jitter-p99, jitter-max, served, sent, answered, ' +
      'dropped, out-of-order, blackout or lost',
  ],
  [
    'doorbells to nobody',
    steps('measure: { name: a, doorbells: { from: b } }'),
    '3: steps[0].measure.doorbells.to: is missing: must be text, the name of a kernel',
  ],
  [
    'a bound that is no number',
    steps('measure: { name: a, elapsed: true, at-least: much }'),
    '3: steps[0].measure.at-least: must be a number',
  ],
  [
    'a name measured twice',
    steps('measure: { name: a, elapsed: true }', 'measure: { name: a, elapsed: true }'),
    '4: steps[1].measure.name: "a" is measured twice',
  ],
  [
    'a repeat of no steps',
    steps('repeat: { times: 3, steps: [] }'),
    '3: steps[0].repeat.steps: must be a list of steps',
  ],
  [
    'a repeat of no rounds',
    steps('repeat: { times: 0, steps: [{ pause: true }] }'),
    '3: steps[0].repeat.times: must be a whole number from 1 to 100000',
  ],
  [
    'a repeat in two others',
    'name: t\nsteps:\n- repeat:\n    times: 2\n    steps:\n    - repeat:\n        times: 2\n        steps:\n' +
      '        - repeat: { times: 2, steps: [{ pause: true }] }',
    '9: steps[0].repeat.steps[0].repeat.steps[0].repeat: is inside two others',
  ],
  [
    'a bad kerf command in a repeat',
    'name: t\nsteps:\n- repeat:\n    times: 2\n    steps:\n    - kerf: show\n    - kerf: make alpha',
    '7: steps[0].repeat.steps[1].kerf: ',
  ],
  ['a pause of nothing', steps('pause: false'), '3: steps[0].pause: must be true'],
  ['an isolation of another kind', steps('isolation: some'), '3: steps[0].isolation: must be enforced or'],
  [
    'a snapshot without a name',
    steps('snapshot: { kernel: a }'),
    '3: steps[0].snapshot.name: is missing: must be text',
  ],
  [
    'a comparison of snapshots that are not taken',
    steps('snapshot: { name: a, kernel: k }', 'measure: { name: n, bytes-changed: { from: a, to: b } }'),
    '4: steps[1].measure.bytes-changed.to: no earlier step takes the snapshot "b"',
  ],
  [
    'one value of many',
    steps(
      'repeat: { times: 2, steps: [measure: { name: a, elapsed: true }] }',
      'measure: { name: b, elapsed: true }',
      'measure: { name: c, ratio: { of: b, to: a } }',
    ),
    '5: steps[2].measure.ratio.to: "a" is measured in a repeat and has many values; take its median-of',
  ],
  [
    'many values of one',
    steps('measure: { name: a, elapsed: true }', 'measure: { name: b, median-of: a }'),
    '4: steps[1].measure.median-of: "a" is not measured in a repeat that is over by then',
  ],
  [
    'a list inside its own repeat',
    steps(
      'repeat: { times: 2, steps: [measure: { name: a, elapsed: true }, measure: { name: b, max-of: a }] }',
    ),
    '3: steps[0].repeat.steps[1].measure.max-of: "a" is not measured in a repeat that is over by then',
  ],
  [
    'a control of nothing',
    steps('measure: { name: a, elapsed: true, control: true }'),
    '3: steps[0].measure.control: no step measures "a" without control: true',
  ],
  [
    'a name that looks like a control',
    steps('measure: { name: control of a, elapsed: true }'),
    '3: steps[0].measure.name: begins with "control of "',
  ],
  [
    'a need of no cores',
    steps('measure: { name: a, elapsed: true, needs: { host-cores: 0 } }'),
    '3: steps[0].measure.needs.host-cores: must be a whole number from 1 to 1024',
  ],
  [
    'an unknown need',
    steps('measure: { name: a, elapsed: true, needs: { host-cores: 2, memory: 5 } }'),
    '3: steps[0].measure.needs.memory: "memory" is not a key of needs; the keys are host-cores, host-share',
  ],
  [
    'a percentage of nothing',
    steps('measure: { name: a, elapsed: true, within-percent-of: { percent: 10 } }'),
    '3: steps[0].measure.within-percent-of.of: must be a number, or the name of an earlier measure',
  ],
  [
    'a percentage below zero',
    steps('measure: { name: a, elapsed: true, within-percent-of: { of: 1, percent: -1 } }'),
    '3: steps[0].measure.within-percent-of.percent: must be a number above 0',
  ],
  [
    'a range with no end',
    steps('measure: { name: a, memory-hash: { kernel: k, base: 0x81000000 } }'),
    '3: steps[0].measure.memory-hash: needs both base and size, or neither',
  ],
  [
    'a range below all memory',
    steps('measure: { name: a, memory-hash: { kernel: k, base: 0x1000, size: 8 } }'),
    '3: steps[0].measure.memory-hash.base: must be a whole number from 2147483648',
  ],
  [
    'a comparison with what is not measured',
    steps('measure: { name: a, elapsed: true, more-than: b }'),
    '3: steps[0].measure.more-than: no earlier step measures "b"',
  ],
  [
    'a file of another kind by mistake',
    'x'.repeat(300_000),
    ' 300000 characters; a scenario has at most 262144',
  ],
];

function bomb(): string {
  const level = (i: number): string =>
    `  a${i}: &a${i} [${Array(10)
      .fill(`*a${i - 1}`)
      .join(', ')}]`;
  return ['description:', '  a0: &a0 x', ...Array.from({ length: 8 }, (_, i) => level(i + 1))].join('\n');
}

describe('a malformed scenario', () => {
  test.each(MALFORMED)('%s is refused with its line', (_, text, message) => {
    const result = parseScenario(text, 'x.yaml');
    if (result.ok) throw new Error('accepted');
    expect(result.error.code).toBe('bad-scenario');
    expect(result.error.reason.startsWith(`x.yaml:${message}`), result.error.reason).toBe(true);
    expect(result.error.reason).not.toContain('Invalid input');
  });

  test('has every mistake told, in the order of the lines', () => {
    const result = parseScenario('name: T\nmachine: { harts: 99 }\nsteps:\n  - wait: 5\n', 'x.yaml');
    expect(result.ok ? [] : result.error.reason.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'x.yaml:1',
      'x.yaml:2',
      'x.yaml:4',
    ]);
  });

  test('has at most ten mistakes told', () => {
    const result = parseScenario(steps(...Array<string>(30).fill('wait: 5')), 'x.yaml');
    const lines = result.ok ? [] : result.error.reason.split('\n');
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('… and 20 more');
  });
});

describe('beats', () => {
  const beats = (...lines: string[]): string => ['name: t', 'beats:', ...lines].join('\n');

  test('are the steps in named parts', () => {
    const text = beats(
      '  - { name: first, says: One., steps: [{ wait: 1s }] }',
      '  - { name: second, says: Two. }',
    );
    const result = parseScenario(text, 'x.yaml');
    if (!result.ok) throw new Error(result.error.reason);
    expect(result.value.beats).toEqual([
      { name: 'first', says: 'One.', steps: [{ kind: 'wait', ticks: 10_000_000 }] },
      { name: 'second', says: 'Two.', steps: [] },
    ]);
    expect(playedSteps(result.value)).toEqual([{ kind: 'wait', ticks: 10_000_000 }]);
  });

  test.each([
    ['none at all', 'name: t\nbeats: []', '2: beats: must be a list of beats'],
    ['one without a sentence', beats('  - { name: a }'), '3: beats[0].says: '],
    [
      'a sentence that nobody can read from afar',
      beats(`  - { name: a, says: ${'x'.repeat(161)}, steps: [{ wait: 1s }] }`),
      '3: beats[0].says: has at most 160 characters',
    ],
    [
      'two of one name',
      beats('  - { name: a, says: A, steps: [{ wait: 1s }] }', '  - { name: a, says: B }'),
      '4: beats[1].name: "a" is the name of two beats',
    ],
    [
      'steps beside them',
      `${beats('  - { name: a, says: A }')}\nsteps: [{ wait: 1s }]`,
      '2: beats: stands beside steps',
    ],
    [
      'a command that kerf does not know',
      beats('  - { name: a, says: A, steps: [{ kerf: destroy beta }] }'),
      '3: beats[0].steps[0].kerf: ',
    ],
    [
      'a measure of a later beat',
      beats(
        '  - { name: a, says: A, steps: [{ measure: { name: n, elapsed: true, more-than: m } }] }',
        '  - { name: b, says: B, steps: [{ measure: { name: m, elapsed: true } }] }',
      ),
      '3: beats[0].steps[0].measure.more-than: ',
    ],
    ['a group that the gallery does not have', `${steps('wait: 1s')}\ngroup: fun`, '4: group: must be '],
  ])('%s', (_, text, message) => {
    const result = parseScenario(text, 'x.yaml');
    expect(result.ok ? '' : result.error.reason).toContain(`x.yaml:${message}`);
  });
});

describe('a scenario', () => {
  test('has the machine of the issue by default', () => {
    const result = parseScenario('name: t\nsetup: [{ wait: 1s }]', 'x.yaml');
    expect(result.ok && result.value).toEqual({
      name: 't',
      description: '',
      machine: { harts: 4, memory: 256 * 2 ** 20, isolation: 'enforced', mode: 'parallel', seed: 1 },
      files: [],
      setup: [{ kind: 'wait', ticks: 10_000_000 }],
      steps: [],
    });
  });

  test('gives sizes in bytes, times in ticks, and steps by kind', () => {
    const result = parseScenario(
      [
        'name: t',
        'machine: { harts: 2, memory: 1G, mode: repeatable, seed: 4294967295, devices: [rng1, disk0] }',
        'setup:',
        '  - kerf: kerf create alpha --cpus 0 --memory 16M',
        'steps:',
        '  - { kerf: make, exit: 2, output: usage }',
        '  - type: { console: alpha, text: "help\\n" }',
        '  - expect: { console: alpha, pattern: "^core \\\\d", within: 1.5s }',
        '  - expect: { console: alpha, text: done }',
        '  - wait: 2m',
        '  - measure: { name: n, captured: { console: alpha, pattern: "(\\\\d+)" }, at-most: 3 }',
      ].join('\n'),
      'x.yaml',
    );
    if (!result.ok) throw new Error(result.error.reason);
    expect(result.value.machine).toMatchObject({
      harts: 2,
      memory: 2 ** 30,
      mode: 'repeatable',
      seed: 2 ** 32 - 1,
      devices: ['rng1', 'disk0'],
    });
    expect(result.value.setup).toEqual([
      { kind: 'kerf', line: 'kerf create alpha --cpus 0 --memory 16M', exit: 0, output: null },
    ]);
    expect(result.value.steps).toEqual([
      { kind: 'kerf', line: 'make', exit: 2, output: 'usage' },
      { kind: 'type', console: 'alpha', text: 'help\n' },
      { kind: 'expect', console: 'alpha', match: /^core \d/mu, within: 15_000_000 },
      { kind: 'expect', console: 'alpha', match: 'done', within: null },
      { kind: 'wait', ticks: 1_200_000_000 },
      {
        kind: 'measure',
        control: false,
        needs: null,
        name: 'n',
        quantity: { kind: 'captured', of: { console: 'alpha', pattern: /(\d+)/mu } },
        checks: { 'at-most': 3 },
      },
    ]);
  });
});
