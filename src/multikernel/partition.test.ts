/**
 * Whatever is asked, in whatever order: no hart and no byte has two owners, what is free is in the pool, and a command
 * that is refused leaves everything as it was. Random commands with a fixed seed, against the real tables.
 */
import { describe, expect, it } from 'vitest';
import {
  CHANNEL_STRIDE,
  CHANNELS,
  EXIT_PANIC,
  EXIT_SHUTDOWN,
  HEADER,
  INSTANCES,
  INSTANCE_STRIDE,
  MAX_CHANNELS,
  PAGE_OWNER,
} from '../protocol/layout.ts';
import { channelOwner, addressPage, instanceOwner } from './ownership.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const MIB = 2 ** 20;
const HARTS = 6;
const RAM = 32 * MIB;

/** A small generator of Marsaglia's xorshift kind. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function randomLine(next: (below: number) => number): string {
  const pick = (words: readonly string[]): string => words[next(words.length)] ?? '';
  const name = (): string => pick(next(10) === 0 ? ['Bad', 'ghost'] : ['alpha', 'beta', 'gamma']);
  const list = (): string => Array.from({ length: 1 + next(3) }, () => next(HARTS + 1)).join(',');
  const base = (): string => `0x${(0x8000_0000 - 2 * MIB + next(36) * MIB + next(3) * 2048).toString(16)}`;
  const size = (): string => pick(['2M', '2M', '3M', '4M', '8M', '20M', '2052K', '1M', '2097153']);
  switch (next(12)) {
    case 0:
    case 1:
    case 2:
      return `create ${name()} ${next(2) === 0 ? `--cpus ${list()}` : `--cpu-count ${1 + next(3)}`} --memory ${size()}${
        next(3) === 0 ? ` --memory-base ${base()}` : ''
      }${next(5) === 0 ? ` --peer ${name()}` : ''}${next(6) === 0 ? ` --boot-cpu ${next(HARTS)}` : ''}`;
    case 3:
    case 4:
      return `load ${name()} --kernel ${pick(['kernel', 'kernel', 'nothing'])}`;
    case 5:
    case 6:
      return `exec ${name()}`;
    case 7:
      return `update ${name()} --cpus ${pick(['', '+', '-'])}${list()}`;
    case 8:
      return `kill ${name()}${pick(['', ' --force'])}`;
    case 9:
      return `unload ${name()}`;
    default:
      return `delete ${name()}`;
  }
}

/** Everything that says who owns what and what state it is in; not the counters of wakes, fences and trace. */
function snapshot(machine: TestMachine): string {
  const bytes = (from: number, length: number): string =>
    Buffer.from(new Uint8Array(machine.memory.buffer).slice(from, from + length)).toString('base64');
  return JSON.stringify([
    bytes(HEADER.HART_OWNER, 16),
    bytes(PAGE_OWNER, RAM / 4096),
    bytes(CHANNELS, MAX_CHANNELS * CHANNEL_STRIDE),
    Array.from({ length: 8 }, (_, id) => bytes(INSTANCES + id * INSTANCE_STRIDE, 0x40)),
    {
      ...machine.controller.view(),
      phases: [],
      harts: machine.controller.view().harts.map(({ owner }) => owner),
    },
  ]);
}

function checkPartition(machine: TestMachine): void {
  const view = machine.controller.view();
  const pages = new Uint8Array(machine.memory.buffer, PAGE_OWNER, RAM / 4096);
  const expected = new Uint8Array(pages.length);
  const claim = (page: number, count: number, owner: number): void => {
    const range = expected.subarray(page, page + count);
    expect(range.every((byte) => byte === 0)).toBe(true);
    range.fill(owner);
  };
  for (const instance of view.instances) {
    const { base, size } = instance.memory ?? { base: 0, size: 0 };
    claim(addressPage(base), size / 4096, instanceOwner(instance.id as never));
  }
  for (const channel of machine.channels.list()) claim(channel.page, channel.pages, channelOwner(channel.id));
  expect(Buffer.compare(Buffer.from(pages), Buffer.from(expected))).toBe(0);

  const owners = view.harts.map((hart) => hart.owner);
  for (const owner of owners) {
    if (owner !== null) expect(view.instances.some((instance) => instance.id === owner)).toBe(true);
  }
  for (const instance of view.instances) {
    expect(instance.harts).toEqual(owners.flatMap((owner, hart) => (owner === instance.id ? [hart] : [])));
  }
  expect(view.freeMemory).toBe(expected.filter((owner) => owner === 0).length * 4096);
}

describe('the partition', () => {
  it.each([1, 2, 3, 4])('holds under 250 random commands (seed %i)', async (seed) => {
    const next = random(seed * 0x9e37_79b9);
    const machine = new TestMachine({ harts: HARTS, memory: RAM });
    machine.files.set('kernel', kernelImage([1, 2, 3]));
    let accepted = 0;
    let refused = 0;
    for (let n = 0; n < 250; n += 1) {
      const before = snapshot(machine);
      const line = randomLine(next);
      const reply = await machine.kerf(line);
      if (reply.exitCode === 0) accepted += 1;
      else {
        refused += 1;
        expect(reply.error?.hint, line).not.toBe('');
        expect(snapshot(machine), `${line}: ${reply.error?.reason ?? ''}`).toBe(before);
      }
      checkPartition(machine);
      const active = machine.controller.view().instances.filter((instance) => instance.state === 'active');
      const victim = active[next(12)];
      if (victim) {
        machine.exit(victim.id, next(2) === 0 ? EXIT_PANIC : EXIT_SHUTDOWN);
        await machine.settle();
        checkPartition(machine);
      }
    }
    expect(accepted).toBeGreaterThan(25);
    expect(refused).toBeGreaterThan(25);
  });
});
