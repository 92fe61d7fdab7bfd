import { expect, it, test } from 'vitest';
import { drawFrom } from '../base/random.ts';
import { parseScenario } from '../session/scenario-file.ts';
import type { ScenarioDocument } from '../session/scenario-document.ts';
import { isShareFragment } from './opening.ts';
import { openFragment, shareFragment, type Shared } from './share-link.ts';

const ROUNDS = 2000;
const HASH = 'c14d8273ff5c6b2950c5c8198928d374a7401c4de3a0507411abee892c24a7ee';
const CMDLINES = [
  '',
  'beat',
  'beat spin=2',
  '<script>alert(1)</script>',
  'ü € 𝄞',
  '\\"quoted\\"',
  "it's",
  '#v1=',
  '\t',
];

function randomState(seed: number): Shared {
  const below = drawFrom(seed);
  const kernels = below(9);
  const lines = Array.from({ length: kernels }, (_, i) => [
    `create k${i} --id ${i + 1} --cpus ${i} --memory ${2 + 2 * below(8)}M --memory-base 0x${(0x80000000 + i * 0x2000000).toString(16)}`,
    `load k${i} --kernel guests/islet.img --cmdline "${CMDLINES[below(CMDLINES.length)]}"`,
    `exec k${i}`,
  ]).flat();
  const document: ScenarioDocument = {
    name: `m-${below(1000)}`,
    description: CMDLINES[below(CMDLINES.length)] ?? '',
    machine: {
      harts: 1 + below(16),
      memory: 2 ** 21 * (1 + below(512)),
      isolation: below(2) === 0 ? 'enforced' : 'cooperative',
      mode: below(2) === 0 ? 'parallel' : 'repeatable',
      seed: below(2 ** 32),
      devices: [[], ['rng0'], ['rng1', 'disk0']][below(3)] ?? [],
    },
    files: kernels === 0 ? [] : ['guests/islet.img'],
    setup: kernels === 0 ? [{ isolation: 'enforced' }] : lines.map((kerf) => ({ kerf })),
  };
  return {
    document,
    standing: { paused: below(2) === 0, at: below(2) === 0 ? null : below(2 ** 32) * 1000 },
    images: kernels === 0 ? {} : { 'guests/islet.img': HASH },
  };
}

async function fragmentOf(shared: Shared): Promise<string> {
  const made = await shareFragment(shared);
  if (!made.ok) throw new Error(made.error.reason);
  return made.value;
}

/** Any text, packed as a link is. */
async function pack(text: string): Promise<string> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = Buffer.from(await new Response(packed).arrayBuffer());
  return `#v1=${bytes.toString('base64url')}`;
}

const envelope = (scenario: unknown, more: object = {}): string =>
  JSON.stringify({ scenario, paused: false, at: null, images: [], ...more });

it(`gives ${ROUNDS} random machines back as they were`, async () => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const shared = randomState(seed);
    const fragment = await fragmentOf(shared);
    expect(fragment).toMatch(/^#v1=[\w-]+$/);
    expect(isShareFragment(fragment)).toBe(true);
    const opened = await openFragment(fragment);
    const parsed = parseScenario(JSON.stringify(shared.document), 'again');
    if (!parsed.ok) throw new Error(parsed.error.reason);
    expect(opened).toEqual({
      ok: true,
      value: {
        scenario: parsed.value,
        standing: shared.standing,
        images: new Map(Object.entries(shared.images)),
      },
    });
  }
}, 60_000);

it('refuses a link that is cut off or damaged anywhere, or opens it as another machine that holds to every rule', async () => {
  const fragment = await fragmentOf(randomState(5));
  for (let length = 4; length < fragment.length; length++) {
    const opened = await openFragment(fragment.slice(0, length));
    expect(opened.ok, `${length} of ${fragment.length} characters`).toBe(false);
  }
  const below = drawFrom(7);
  for (let i = 0; i < 300; i++) {
    const at = 4 + below(fragment.length - 4);
    const opened = await openFragment(`${fragment.slice(0, at)}${'A-_z'[below(4)]}${fragment.slice(at + 1)}`);
    if (!opened.ok) expect(opened.error.code).toBe('bad-link');
  }
});

const MACHINE = { name: 'x', setup: [{ kerf: 'create a --cpus 0 --memory 2M' }] };
test.each([
  ['another version', '#v2=AAAA', 'another version'],
  ['nothing', '#v1=', 'no link has'],
  ['strange characters', '#v1=<b>x</b>', 'no link has'],
  ['a link without end', `#v1=${'A'.repeat(20_000)}`, 'at most 16384'],
])('refuses %s', async (_, fragment, reason) => {
  const opened = await openFragment(fragment);
  expect(opened.ok ? '' : opened.error.reason).toContain(reason);
});

test.each([
  ['what inflates without end', '0'.repeat(5_000_000), 'inflates to more than'],
  ['what is not JSON', 'name: x', 'not a machine'],
  ['what nests without end', '['.repeat(100_000), 'not a machine'],
  ['nothing of a machine', '{"paused":true}', 'not a machine'],
  ['more keys than there are', envelope(MACHINE, { __proto__x: 1 }), 'not a machine'],
  ['a hash that is none', envelope(MACHINE, { images: [['guests/islet.img', 'x']] }), 'not a machine'],
  ['a machine time that is none', envelope(MACHINE, { at: -1 }), 'not a machine'],
  ['no scenario', envelope({ name: 'X' }), 'lower-case'],
  ['a line that kerf does not know', envelope({ name: 'x', setup: [{ kerf: 'format disk' }] }), 'format'],
  [
    'a file elsewhere',
    envelope({ ...MACHINE, files: ['https://elsewhere.example/x'] }),
    'relative to public',
  ],
  [
    'a file of the page',
    envelope({ ...MACHINE, files: ['scenarios/host.yaml'] }),
    'not a file under guests/',
  ],
  ['a file above', envelope({ ...MACHINE, files: ['guests/../index.html'] }), 'without ".."'],
  [
    'a pattern',
    envelope({ name: 'x', setup: [{ expect: { console: 'a', pattern: '(a+)+$' } }] }),
    '"expect"',
  ],
  ['steps', envelope({ ...MACHINE, steps: [{ wait: '1h' }] }), 'not a duration'],
  ['steps of the runner', envelope({ ...MACHINE, steps: [{ wait: '1s' }] }), 'steps after its setup'],
  [
    'beats',
    envelope({
      ...MACHINE,
      description: 'Said in large letters',
      beats: [{ name: 'b', says: 's', steps: [{ expect: { console: 'a', pattern: '(a+)+$' } }] }],
    }),
    'it has beats',
  ],
  [
    'more steps than a partition needs',
    envelope({ name: 'x', setup: Array.from({ length: 300 }, () => ({ isolation: 'enforced' })) }),
    '300 steps',
  ],
])('refuses a link with %s', async (_, text, reason) => {
  const opened = await openFragment(await pack(text));
  expect(opened.ok ? 'opened' : opened.error.reason).toContain(reason);
});

test.each([
  ['files', { ...MACHINE, files: Array.from({ length: 60_000 }, () => 'x') }],
  ['steps', { name: 'x', setup: Array.from({ length: 15_000 }, () => ({ wait: 'x' })) }],
  [
    'steps in a step',
    { name: 'x', setup: [{ repeat: { times: 2, steps: Array.from({ length: 15_000 }, () => ({})) } }] },
  ],
  ['keys', { ...MACHINE, ...Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, 1])) }],
  ['lists in lists', { name: 'x', setup: JSON.parse('['.repeat(4000) + ']'.repeat(4000)) as unknown }],
])('refuses a link with %s without end before it says what is wrong with each', async (_, scenario) => {
  const opened = await openFragment(await pack(envelope(scenario)));
  expect(opened.ok ? 'opened' : opened.error.reason).toContain('more than a machine needs');
});

it('tells what is wrong with a link in a few lines, however long its words are', async () => {
  const setup = [{ kerf: `create a --memory ${'9'.repeat(200_000)}Q --cpus 0` }];
  const opened = await openFragment(await pack(envelope({ name: 'x', setup })));
  expect(opened.ok ? 'opened' : opened.error.reason).toMatch(/create: .* …\.$/);
  expect(opened.ok ? 0 : opened.error.reason.length).toBeLessThan(700);
});

it('does not make a link that would be cut off on its way', async () => {
  const below = drawFrom(1);
  const noise = Array.from({ length: 20_000 }, () => String.fromCharCode(33 + below(90))).join('');
  const state = randomState(3);
  const made = await shareFragment({ ...state, document: { ...state.document, description: noise } });
  expect(made.ok ? 'made' : made.error.code).toBe('link-too-long');
});
