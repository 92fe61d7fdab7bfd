/** A kernel reaches for what is not its own: the trace says at what, how, and whose it is (Repeatable mode, real guests). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CHANNEL,
  channelEntry,
  CONTROLLER_END,
  MAX_CHANNELS,
  OWNER_CHANNEL,
  OWNER_POOL,
  PAGE_SIZE,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { Isolation, MachineView } from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { localHost, type ScenarioHost } from './scenario-host.ts';
import { startMachine } from './start-machine.ts';
import type { LocalMachine } from './make-machine.ts';

const islet = fileURLToPath(new URL('../../public/guests/islet.img', import.meta.url));
const SECOND = 10_000_000;

const MEMORY = 64 * 2 ** 20;
const ALPHA_BASE = 0x8100_0000;
const ALPHA_END = 0x8200_0000;
const GAMMA_BASE = 0x8310_0000;
/** Somewhere in beta's memory that beta does not use. */
const BETA_FREE = 0x8280_0800;

/** Kinds of access as the records of the gate give them. */
const ACCESS = { LOAD: 0, STORE: 1, AMO: 2, FETCH: 3 } as const;

let machine: LocalMachine;
let host: ScenarioHost;
let said: string;
let view: MachineView;

async function kerf(line: string): Promise<void> {
  const reply = await machine.services.kerf(line);
  if (reply.exitCode !== 0) throw new Error(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
}

const idOf = (name: string): number => view.instances.find((instance) => instance.name === name)?.id ?? -1;

/** Types a line in alpha and gives back what it says up to its next prompt. */
async function alpha(line: string): Promise<string> {
  said = '';
  await machine.services.type(idOf('alpha'), new TextEncoder().encode(`${line}\n`));
  const answered = await host.until(() => said.endsWith('\nalpha> '), 5 * SECOND);
  if (!answered) throw new Error(`no prompt after ${line}: ${said}`);
  return said;
}

async function start(isolation: Isolation): Promise<void> {
  machine = startMachine({
    config: { harts: 3, memory: MEMORY, isolation, mode: 'repeatable', seed: 1 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
    readFile: async () => new Uint8Array(await readFile(islet)),
  });
  host = localHost(machine);
  const prompts = { alpha: '', beta: '' };
  // The first: its management channel lies at the top of the memory, so that behind alpha's own is somebody else's.
  await kerf(`create gamma --cpus 2 --memory 4M --memory-base 0x${GAMMA_BASE.toString(16)}`);
  await kerf(`create alpha --cpus 0 --memory 16M --memory-base 0x${ALPHA_BASE.toString(16)}`);
  await kerf(`create beta --cpus 1 --memory 16M --memory-base 0x${ALPHA_END.toString(16)} --peer alpha`);
  view = await machine.services.view();
  await machine.services.onConsole((instance, bytes) => {
    const text = new TextDecoder().decode(bytes).replaceAll('\r', '');
    if (instance === idOf('alpha')) said += text;
    prompts[instance === idOf('alpha') ? 'alpha' : 'beta'] += text;
  });
  for (const name of ['alpha', 'beta']) {
    await kerf(`load ${name} --kernel islet.img`);
    await kerf(`exec ${name}`);
  }
  const up = (): boolean => prompts.alpha.endsWith('alpha> ') && prompts.beta.endsWith('beta> ');
  if (!(await host.until(up, 10 * SECOND))) throw new Error(`not up: ${JSON.stringify(prompts)}`);
  await machine.services.takeTrace();
}

beforeEach(() => {
  said = '';
});
afterEach(() => machine.dispose());

interface Refusal {
  readonly by: number | null;
  readonly at: number;
  readonly owner: number;
  readonly kind: number;
}

/** What the gate has refused since the trace was last taken. */
async function refusals(): Promise<Refusal[]> {
  const { records, lost } = await machine.services.takeTrace();
  expect(lost).toBe(0);
  return records
    .filter((record) => record.kind === TRACE_KIND.GATE_FAULT)
    .map(({ instance, a, b, c }) => ({ by: instance, at: Number(a), owner: Number(b), kind: c }));
}

/** The channel between two ends, also the controller's own, which no view shows: where it lies and its owner byte. */
function channel(one: number, other: number): { base: number; end: number; owner: number } {
  const ends = [one, other].toSorted();
  for (let id = 0; id < MAX_CHANNELS; id++) {
    const words = new Uint32Array(machine.memory.buffer, channelEntry(id), CHANNEL.DOORBELLS_BA / 4);
    const word = (offset: number): number => words[offset / 4] ?? 0;
    if (word(CHANNEL.IN_USE) === 0 || [word(CHANNEL.A), word(CHANNEL.B)].toSorted().join() !== ends.join())
      continue;
    const base = RAM_BASE + word(CHANNEL.PAGE) * PAGE_SIZE;
    return { base, end: base + word(CHANNEL.PAGES) * PAGE_SIZE, owner: OWNER_CHANNEL + id };
  }
  throw new Error(`no channel between ${one} and ${other}`);
}
const hex = (address: number): string => `0x${address.toString(16)}`;

describe('enforced', () => {
  beforeEach(() => start('enforced'));

  test('every way to reach beta’s memory is refused, traced with its owner, and leaves no trace there', async () => {
    const beta = idOf('beta');
    const before = await machine.services.hashMemory(beta);
    const at = hex(BETA_FREE);
    const reaches: [string, number, readonly number[]][] = [
      [`peek ${at}`, BETA_FREE, [ACCESS.LOAD]],
      [`poke ${at} 0x5a5a`, BETA_FREE, [ACCESS.STORE]],
      [`fetch ${at}`, BETA_FREE, [ACCESS.FETCH]],
      [`amo ${at}`, BETA_FREE, [ACCESS.AMO]],
      [`poke64 ${hex(ALPHA_END - 4)} 1`, ALPHA_END, [ACCESS.STORE]],
      [`peek64 ${hex(ALPHA_END - 4)}`, ALPHA_END, [ACCESS.LOAD]],
      [`ptwalk ${at}`, BETA_FREE, [ACCESS.LOAD]],
      // The store that would place the entry, and the walk that would read it and write A and D.
      [`adwalk ${at}`, BETA_FREE, [ACCESS.STORE, ACCESS.LOAD]],
      [`dbcn ${at} 8`, BETA_FREE, [ACCESS.LOAD]],
      [`dbcn ${hex(ALPHA_END - 4)} 8`, ALPHA_END, [ACCESS.LOAD]],
    ];
    for (const [line, address, kinds] of reaches) {
      expect(await alpha(line), line).toMatch(/^fault: .* access fault at|^dbcn: error -4/m);
      const expected = kinds.map((kind) => ({ by: idOf('alpha'), at: address, owner: beta + 1, kind }));
      expect(await refusals(), line).toEqual(expected);
    }
    expect(await machine.services.hashMemory(beta)).toBe(before);
  });

  test('the bytes outside every border of alpha belong to whom the trace says', async () => {
    const shared = channel(idOf('alpha'), idOf('beta'));
    const own = channel(CONTROLLER_END, idOf('alpha'));
    const betas = channel(CONTROLLER_END, idOf('beta'));
    const gammas = channel(CONTROLLER_END, idOf('gamma'));
    const ownerAt = (address: number): number => {
      if (address >= ALPHA_END && address < ALPHA_END + (ALPHA_END - ALPHA_BASE)) return idOf('beta') + 1;
      const other = [betas, gammas].find(({ base, end }) => address >= base && address < end);
      return other?.owner ?? OWNER_POOL;
    };
    const ram = { base: ALPHA_BASE, end: ALPHA_END };
    const granted = [ram, shared, channel(idOf('alpha'), idOf('gamma')), own];
    const isAlphas = (address: number): boolean =>
      granted.some(({ base, end }) => address >= base && address < end);
    // Two regions that touch have no border between them.
    const outside = granted.flatMap(({ base, end }) => [base - 1, end]).filter((at) => !isAlphas(at));
    expect(outside).toContain(own.end);
    expect(new Set(outside.map(ownerAt))).toEqual(
      new Set([OWNER_POOL, idOf('beta') + 1, betas.owner, gammas.owner]),
    );
    for (const byte of outside) {
      // The halfword, word and doubleword that the byte lies in, for what has to be aligned.
      const [half, word, double] = [byte - (byte % 2), byte - (byte % 4), byte - (byte % 8)];
      const bytes = new Uint8Array(machine.memory.buffer, RAM_HOST + (double - RAM_BASE), 8);
      const before = bytes.slice();
      for (const [line, at, kinds] of [
        [`peek8 ${hex(byte)}`, byte, [ACCESS.LOAD]],
        [`poke8 ${hex(byte)} 0xa5`, byte, [ACCESS.STORE]],
        [`dbcn ${hex(byte)} 1`, byte, [ACCESS.LOAD]],
        [`fetch ${hex(half)}`, half, [ACCESS.FETCH]],
        [`amo ${hex(word)}`, word, [ACCESS.AMO]],
        [`ptwalk ${hex(double)}`, double, [ACCESS.LOAD]],
        [`adwalk ${hex(double)}`, double, [ACCESS.STORE, ACCESS.LOAD]],
      ] as const) {
        expect(await alpha(line), line).toMatch(/^fault: .* access fault at|^dbcn: error -4/m);
        expect(await refusals(), line).toEqual(
          kinds.map((kind) => ({ by: idOf('alpha'), at, owner: ownerAt(byte), kind })),
        );
      }
      expect(bytes).toEqual(before);
    }
    // Beyond the memory there is nothing, for anyone.
    for (const byte of [RAM_BASE - 1, RAM_BASE + MEMORY]) {
      const double = hex(byte - (byte % 8));
      for (const line of [
        `peek8 ${hex(byte)}`,
        `amo ${double}`,
        `fetch ${double}`,
        `ptwalk ${double}`,
        `adwalk ${double}`,
      ])
        expect(await alpha(line), line).toMatch(/^fault: .* access fault at/m);
      expect(await alpha(`poke8 ${hex(byte)} 1`)).toContain(`store access fault at ${hex(byte)}`);
      expect(await alpha(`dbcn ${hex(byte)} 1`)).toContain('dbcn: error -4');
    }
    expect(await alpha(`fetch ${hex(shared.base)}`)).toContain('instruction access fault');
    expect(await refusals()).toContainEqual({
      by: idOf('alpha'),
      at: shared.base,
      owner: shared.owner,
      kind: ACCESS.FETCH,
    });
  });

  test('what was allowed while the machine was cooperative is refused when it no longer is', async () => {
    const poke = `poke ${hex(BETA_FREE)} 0x5a5a`;
    await machine.services.setIsolation('cooperative');
    expect(await alpha(poke)).toContain('<- 0x5a5a');
    expect(await refusals()).toEqual([]);
    await machine.services.setIsolation('enforced');
    expect(await alpha(poke)).toContain('store access fault');
    expect(await refusals()).toHaveLength(1);
  });
});

test('in cooperative mode the same store lands, and nothing is refused', async () => {
  await start('cooperative');
  const before = await machine.services.hashMemory(idOf('beta'));
  expect(await alpha(`poke ${hex(BETA_FREE)} 0x5a5a`)).toContain('<- 0x5a5a');
  expect(await alpha(`peek ${hex(BETA_FREE)}`)).toContain(': 0x5a5a');
  expect(await refusals()).toEqual([]);
  expect(await machine.services.hashMemory(idOf('beta'))).not.toBe(before);
  const bytes = new DataView(machine.memory.buffer, RAM_HOST + (BETA_FREE - RAM_BASE), 8);
  expect(bytes.getBigUint64(0, true)).toBe(0x5a5an);
});
