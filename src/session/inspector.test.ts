/** Looking inside a machine that runs real guests (Repeatable mode, where every look is exact). */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Result } from '../base/result.ts';
import type { CsrField } from '../protocol/inspect.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
beforeAll(async () => {
  guests = await startGuests(read, 3, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
});
afterAll(() => guests.machine.dispose());

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.reason}`);
  return result.value;
}
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);
const services = () => guests.machine.services;
async function hart(id: number) {
  const found = await services().inspectHart(id);
  if (!found) throw new Error(`no hart ${id}`);
  return found;
}
async function csr(id: number, name: string): Promise<{ value: bigint; fields: readonly CsrField[] }> {
  const { csrs: layouts } = await services().registerLayout();
  const at = layouts.findIndex((layout) => layout.name === name);
  return { value: BigInt((await hart(id)).csrs[at] ?? 0), fields: layouts[at]?.fields ?? [] };
}
const bitsOf = (number: bigint, { high, low }: CsrField): bigint =>
  (number >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
async function field(id: number, name: string, of: string): Promise<string> {
  const { value: number, fields } = await csr(id, name);
  const found = fields.find((each) => each.name === of);
  if (!found) throw new Error(`no field ${of} of ${name}`);
  const bits = bitsOf(number, found);
  return found.values?.[Number(bits)] ?? String(bits);
}

test('registers, CSRs by their fields, and the pc with its function', async () => {
  const state = await hart(0);
  expect(state).toMatchObject({ hart: 0, exact: true, owner: 1 });
  expect(state.registers).toHaveLength(32);
  expect(state.registers[0]).toBe('0x0000000000000000');
  expect(state.registers[2]).toMatch(/^0xffffffe[0-9a-f]{9}$/);
  expect(state.pc.address).toMatch(/^0xffffffff8[0-9a-f]{7}$/);
  expect(state.pc.symbol).toMatch(/^\w+(\+0x[0-9a-f]+)?$/);
  expect(await field(0, 'satp', 'MODE')).toMatch(/^Sv(39|48)$/);
  expect(await field(0, 'mstatus', 'SXL')).toBe('64 bits');
  expect(await field(0, 'scause', 'Interrupt')).toMatch(/^(yes|no)$/);
  expect((await csr(2, 'mhartid')).value).toBe(2n);
  expect(await services().inspectHart(3)).toBeNull();
});

test('fields of a register do not overlap, lie within 64 bits and come from the highest down', async () => {
  for (const { name, fields } of (await services().registerLayout()).csrs) {
    let below = 64;
    for (const { high, low } of fields) {
      expect(high < below && low <= high && low >= 0, name).toBe(true);
      below = low;
    }
  }
});

test('code around the pc, with the functions that are called', async () => {
  const { pc } = await hart(0);
  const lines = value(await services().disassemble({ hart: 0, address: 'pc' }, 8, 16));
  const at = lines.findIndex(({ address }) => address === pc.address);
  expect(at).toBeGreaterThanOrEqual(0);
  expect(lines).toHaveLength(at + 16);
  expect(lines[at]?.symbol).toBe(pc.symbol);
  for (const [index, line] of lines.slice(0, -1).entries())
    expect(BigInt(lines[index + 1]?.address ?? 0) - BigInt(line.address)).toBe(BigInt(line.code.length / 2));
  const panic = value(await services().disassemble({ hart: 0, address: 'command_panic' }, 4, 40));
  expect(panic[0]?.symbol).toBe('command_panic');
  expect(panic.map(({ text }) => text).join('\n')).toMatch(/jalr ra, .* # panic$/m);
});

test('memory as a core sees it, and as it lies in RAM, are the same bytes', async () => {
  const seen = value(await services().readMemory({ hart: 0, address: 'pc' }, 4));
  expect(seen).toHaveLength(4);
  const { physical, owner, bytes } = seen[0]!;
  expect(owner).toBe(2);
  expect(bytes).toHaveLength(16);
  const lies = value(await services().readMemory({ hart: null, address: physical! }, 4));
  expect(lies.map((row) => row.bytes)).toEqual(seen.map((row) => row.bytes));
  expect(lies[0]?.address).toBe(physical);
});

test('addresses are numbers, registers, CSRs and functions, with an offset', async () => {
  const addressOf = async (address: string): Promise<string | undefined> =>
    value(await services().disassemble({ hart: 0, address }, 0, 1))[0]?.address;
  const { pc } = await hart(0);
  expect(await addressOf(pc.address)).toBe(pc.address);
  expect(await addressOf(pc.address.slice(2))).toBe(pc.address);
  const panic = await addressOf('command_panic');
  expect(BigInt((await addressOf('command_panic + 0x4'))!) - BigInt(panic!)).toBe(4n);
  expect(BigInt((await addressOf('command_panic+4'))!) - BigInt(panic!)).toBe(4n);
  expect(await addressOf('stvec')).toMatch(/^0xffffffff/);
  const bad = async (hartOf: number | null, address: string): Promise<string> =>
    codeOf(await services().readMemory({ hart: hartOf, address }, 1));
  expect(await bad(0, '')).toBe('bad-address');
  expect(await bad(0, 'nowhere_known')).toBe('bad-address');
  expect(await bad(0, '12')).toBe('bad-address');
  expect(await bad(null, 'sp')).toBe('bad-address');
  expect(await bad(9, 'sp')).toBe('no-hart');
  expect(await bad(0, '0x40')).toBe('not-mapped');
  expect(await bad(0, '0x1234567800000000')).toBe('not-mapped');
  expect(await bad(null, '0x10000000')).toBe('outside-ram');
  expect(await bad(null, '0xffffffffffffffff')).toBe('outside-ram');
});

test('a walk goes through the tables of the kernel to a page of its own', async () => {
  const walk = value(await services().walk(0, 'pc', 'fetch'));
  expect(walk).toMatchObject({
    mode: 'Sv39',
    privilege: 'S',
    verdict: 'granted',
    fault: null,
    pmp: true,
    gate: true,
  });
  expect(walk.owner).toBe(2);
  expect(walk.steps[0]).toMatchObject({ level: 2, owner: 2 });
  expect(walk.steps.at(-1)?.verdict).toBe('granted');
  expect(walk.steps.at(-1)?.flags.find(({ name }) => name === 'X')?.set).toBe(true);
  const lies = value(await services().readMemory({ hart: null, address: walk.physical! }, 1));
  const seen = value(await services().readMemory({ hart: 0, address: 'pc' }, 1));
  expect(lies[0]?.bytes).toEqual(seen[0]?.bytes);

  expect(value(await services().walk(0, '0x40', 'load'))).toMatchObject({
    verdict: 'invalid',
    fault: 'page',
  });
  expect(value(await services().walk(0, '0x1234567800000000', 'load'))).toMatchObject({
    verdict: 'not-canonical',
    steps: [],
    fault: 'page',
  });
});

test('the tree that the kernel was given', async () => {
  const { instances } = await services().view();
  const beta = instances.find(({ name }) => name === 'beta')!;
  const tree = value(await services().deviceTree(beta.id));
  expect(tree.root.children.map(({ name }) => name)).toEqual(expect.arrayContaining(['cpus', 'chosen']));
  expect(tree.source).toMatch(/^\/dts-v1\/;/);
  expect(codeOf(await services().deviceTree(60))).toBe('no-kernel');
});

test('looking changes nothing', async () => {
  const { instances } = await services().view();
  const before = await Promise.all(instances.map(({ id }) => services().hashMemory(id)));
  const state = await hart(0);
  await services().walk(0, 'pc', 'store');
  await services().readMemory({ hart: 0, address: 'sp' }, 64);
  await services().disassemble({ hart: 0, address: 'pc' }, 32, 32);
  await services().deviceTree(instances[0]!.id);
  expect(await Promise.all(instances.map(({ id }) => services().hashMemory(id)))).toEqual(before);
  expect(await hart(0)).toEqual(state);
});
