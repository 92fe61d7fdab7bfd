import { beforeEach, describe, expect, it } from 'vitest';
import { Hart } from '../../hart/hart.ts';
import { ACCESS } from '../../hart/interpreter-abi.ts';
import {
  HART,
  hartBlock,
  HEADER,
  INSTANCE,
  instanceBlock,
  RAM_BASE,
  RAM_HOST,
} from '../../protocol/layout.ts';
import {
  MK_FILLED,
  MK_FREE,
  MK_IMAGE_LIMIT,
  MK_REQUEST,
  MK_TAKEN,
  MK_TEXT_LIMIT,
  MK_VERBS,
  MK_WRITING,
  SBI_EXT_MK,
} from '../../protocol/mk.ts';
import { TRACE_KIND } from '../../protocol/trace.ts';
import { createHartEnvironment } from '../hart-environment.ts';
import { createInterpreter } from '../hart-loop.ts';
import { TestMachine } from '../machine.testkit.ts';
import { readU64 } from '../memory.ts';
import { createTraceReader } from '../trace-reader.ts';
import { createMachineContext } from './context.ts';
import { handleEcall } from './firmware.ts';
import { SBI_ERROR } from './sbi.ts';

const HOST = 0;
const OTHER = 1;
const page = (number: number): number => RAM_BASE + number * 4096;
const BLOCK = hartBlock(1) + HART.MK_REQUEST;

/** The host has harts 0 and 1 and pages 0 … 15, the other kernel hart 2 and pages 16 … 31. Hart 1 calls. */
let machine: TestMachine;
let core: Hart;
let context: ReturnType<typeof createMachineContext>;

beforeEach(() => {
  machine = new TestMachine([HOST, HOST, OTHER]);
  machine.givePages(HOST, 0, 16);
  machine.givePages(OTHER, 16, 16);
  core = caller(1);
  context = createMachineContext(machine.memory, 1, () => 0);
});

function caller(hart: number): Hart {
  const environment = createHartEnvironment(machine.memory, hart, () => 0);
  const made = new Hart(machine.memory, createInterpreter(machine.memory), hart, environment);
  made.start(BigInt(page(1)), 0n, 1);
  return made;
}

/** [error, value] */
function call(verb: number, ...args: (bigint | number)[]): [number, bigint] {
  for (let index = 0; index < 6; index++) core.setX(10 + index, BigInt.asUintN(64, BigInt(args[index] ?? 0)));
  core.setX(16, BigInt(verb));
  core.setX(17, BigInt(SBI_EXT_MK));
  expect(handleEcall(core, context)).toEqual({ kind: 'done' });
  return [Number(BigInt.asIntN(64, core.x(10))), core.x(11)];
}

const state = (): number => machine.word(BLOCK + MK_REQUEST.STATE);
const setState = (value: number): void =>
  void Atomics.store(machine.words, (BLOCK + MK_REQUEST.STATE) >> 2, value);

function put(address: number, text: string): number {
  const bytes = new TextEncoder().encode(text);
  machine.bytes.set(bytes, RAM_HOST + (address - RAM_BASE));
  return bytes.length;
}

function requested(): { verb: number; text: string; image: bigint; imageLength: number; boot: number } {
  const from = BLOCK + MK_REQUEST.TEXT;
  const length = machine.word(BLOCK + MK_REQUEST.TEXT_LENGTH);
  return {
    verb: machine.word(BLOCK + MK_REQUEST.VERB),
    text: new TextDecoder().decode(machine.bytes.slice(from, from + length)),
    image: readU64(machine.memory, BLOCK + MK_REQUEST.IMAGE),
    imageLength: machine.word(BLOCK + MK_REQUEST.IMAGE_LENGTH),
    boot: machine.word(BLOCK + MK_REQUEST.BOOT),
  };
}

describe('a kerf command of the host instance', () => {
  it('is copied into the block of the calling hart, the controller is told, and the ticket is never 0', () => {
    Atomics.store(machine.words, (instanceBlock(HOST) + INSTANCE.BOOT_ID) >> 2, 7);
    const woken = machine.word(HEADER.CONTROLLER_WAKE);
    const length = put(page(2), 'alpha --force');
    expect(call(MK_VERBS.kill, page(2), length)).toEqual([0, 17n]);
    expect(state()).toBe(MK_FILLED);
    expect(requested()).toEqual({
      verb: MK_VERBS.kill,
      text: 'alpha --force',
      image: 0n,
      imageLength: 0,
      boot: 7,
    });
    expect(readU64(machine.memory, BLOCK + MK_REQUEST.TICKET)).toBe(17n);
    expect(machine.word(HEADER.CONTROLLER_WAKE)).toBe(woken + 1);
    put(page(2), 'gamma');
    expect(requested().text).toBe('alpha --force');
  });

  it('has another ticket each time', () => {
    const tickets = [1, 2, 3].map(() => {
      setState(MK_FREE);
      return call(MK_VERBS.show)[1];
    });
    expect(tickets).toEqual([17n, 33n, 49n]);
  });

  it('waits for the last one of the same hart, and leaves it as it is', () => {
    const length = put(page(2), 'alpha');
    call(MK_VERBS.exec, page(2), length);
    for (const busy of [MK_FILLED, MK_TAKEN]) {
      setState(busy);
      expect(call(MK_VERBS.delete, page(3), 4)).toEqual([SBI_ERROR.ALREADY_STARTED, 0n]);
      expect([state(), requested().verb, requested().text]).toEqual([busy, MK_VERBS.exec, 'alpha']);
    }
  });

  it.each([
    ['was left half-written by a worker that died', MK_WRITING],
    ['was taken from an earlier kernel and is not answered', MK_TAKEN],
  ])('goes into a block that %s', (_, state) => {
    call(MK_VERBS.exec);
    setState(state);
    Atomics.store(machine.words, (instanceBlock(HOST) + INSTANCE.BOOT_ID) >> 2, 1);
    expect(call(MK_VERBS.show)).toEqual([0, 33n]);
    expect(requested()).toMatchObject({ verb: MK_VERBS.show, boot: 1 });
  });

  it('waits for the controller when an earlier kernel has filled the block', () => {
    call(MK_VERBS.exec);
    Atomics.store(machine.words, (instanceBlock(HOST) + INSTANCE.BOOT_ID) >> 2, 1);
    expect(call(MK_VERBS.show)).toEqual([SBI_ERROR.ALREADY_STARTED, 0n]);
  });

  it('has an image only when it loads one', () => {
    call(MK_VERBS.load, page(2), 0, page(4), 5000);
    expect(requested()).toMatchObject({ text: '', image: BigInt(page(4)), imageLength: 5000 });
    setState(MK_FREE);
    call(MK_VERBS.show, page(2), 0, page(4), 5000);
    expect(requested()).toMatchObject({ image: 0n, imageLength: 0 });
  });

  it.each(Object.entries(MK_VERBS))('%s is denied to any other instance, and traced', (_, verb) => {
    machine.giveHart(1, OTHER);
    const traces = createTraceReader(machine.memory);
    expect(call(verb, page(16), 4)).toEqual([SBI_ERROR.DENIED, 0n]);
    expect(state()).toBe(MK_FREE);
    const denied = traces.drain().records.filter((record) => record.kind === TRACE_KIND.SBI);
    expect(denied).toMatchObject([
      { instance: OTHER, a: BigInt(SBI_EXT_MK), b: BigInt(verb), c: SBI_ERROR.DENIED >>> 0 },
    ]);
  });

  it.each([
    ['a text that is too long', [page(2), MK_TEXT_LIMIT + 1], SBI_ERROR.INVALID_PARAM],
    ['a text of 2^64 − 1 bytes', [page(2), -1], SBI_ERROR.INVALID_PARAM],
    ['an image that is too long', [page(2), 4, page(3), MK_IMAGE_LIMIT + 1], SBI_ERROR.INVALID_PARAM],
    ['an image of 2^64 − 1 bytes', [page(2), 4, page(3), -1], SBI_ERROR.INVALID_PARAM],
    ['a text of the neighbour', [page(16), 4], SBI_ERROR.INVALID_ADDRESS],
    ['a text that ends in the neighbour', [page(16) - 2, 4], SBI_ERROR.INVALID_ADDRESS],
    ['a text in devices', [0x1000_0000, 4], SBI_ERROR.INVALID_ADDRESS],
    ['a text at the end of the world', [-2, 4], SBI_ERROR.INVALID_ADDRESS],
    ['an image of the neighbour', [page(2), 4, page(17), 64], SBI_ERROR.INVALID_ADDRESS],
    ['an image around memory', [page(2), 4, 0, MK_IMAGE_LIMIT], SBI_ERROR.INVALID_ADDRESS],
  ] as const)('is refused for %s', (_, args, expected) => {
    expect(call(MK_VERBS.load, ...args)).toEqual([expected, 0n]);
    expect(state()).toBe(MK_FREE);
  });

  it('counts and traces what the gate refuses', () => {
    const traces = createTraceReader(machine.memory);
    call(MK_VERBS.show, page(16) - 2, 4);
    expect(machine.instanceWord(HOST, INSTANCE.GATE_FAULTS)).toBe(1);
    const faults = traces.drain().records.filter((record) => record.kind === TRACE_KIND.GATE_FAULT);
    expect(faults).toMatchObject([{ a: BigInt(page(16)), b: BigInt(OTHER + 1), c: ACCESS.LOAD }]);
  });

  it('takes a text of the greatest length', () => {
    const text = 'x'.repeat(MK_TEXT_LIMIT);
    put(page(2), text);
    expect(call(MK_VERBS.show, page(2), MK_TEXT_LIMIT)[0]).toBe(0);
    expect(requested().text).toBe(text);
  });
});
