/** Stores into pages that somebody watches: seen one by one, and without a mark otherwise. */
import { expect, it } from 'vitest';
import { HART, RAM_BASE, REASON_PAUSE } from '../protocol/layout.ts';
import { createTestProgram, type TestProgram } from './hart.testkit.ts';
import { EXIT } from './interpreter-abi.ts';

/** Stores 20 times into the page at 0x8008_0000 and once into the next; t1 counts. */
const STORES = `
  lui   t0, 0x80080
  slli  t0, t0, 32
  srli  t0, t0, 32
  li    t2, 20
loop:
  addi  t1, t1, 1
  sd    t1, 0(t0)
  bne   t1, t2, loop
  lui   t3, 1
  add   t3, t3, t0
  sd    t1, 0(t3)
  sd    t1, -4(t3)
  amoadd.d t4, t1, (t0)
  wfi
`;
const PAGE = RAM_BASE + 0x8_0000;
const T1 = 6;

/** A program whose stores into PAGE are watched while `on` says so; `stored` is called behind each. */
function watched(on: () => boolean, stored: (program: TestProgram) => void): TestProgram {
  const program = createTestProgram(STORES);
  Object.assign(program.env, {
    watched: (page: number) => on() && page === PAGE,
    stored: () => stored(program),
  });
  return program;
}

it('the environment hears of each, behind its instruction, and the program does not notice', () => {
  const counts: bigint[] = [];
  const seen = watched(
    () => true,
    ({ hart }) => counts.push(hart.x(T1)),
  );
  const unseen = watched(
    () => false,
    () => expect.unreachable(),
  );
  expect(seen.finish()).toBe(unseen.finish());
  // Each of the loop, the one across both pages, and the atomic one.
  expect(counts).toEqual([...Array.from({ length: 20 }, (_, n) => BigInt(n + 1)), 20n, 20n]);
  for (const offset of [0x8_0000, 0x8_0ff8, 0x8_1000])
    expect(seen.ram.getBigUint64(offset, true)).toBe(unseen.ram.getBigUint64(offset, true));
  expect(seen.word(HART.INSTRET)).toBe(unseen.word(HART.INSTRET));
});

it('a reason to leave that comes with one ends the run right there, with the rest of the budget', () => {
  const program = watched(
    () => true,
    ({ hart, memory }) => {
      if (hart.x(T1) === 3n)
        Atomics.or(new Int32Array(memory.buffer), (hart.block + HART.REASONS) >> 2, REASON_PAUSE);
    },
  );
  const setup = 4;
  expect(program.hart.run(1000)).toBe(EXIT.REASONS);
  expect(program.hart.x(T1)).toBe(3n);
  expect(program.hart.pc()).toBe(program.at('loop') + 8n);
  expect(program.word(HART.BUDGET)).toBe(1000 - setup - 3 * 3 + 1);
});

it('the last instruction of a budget is heard of, too', () => {
  let heard = 0;
  const program = watched(
    () => true,
    () => (heard += 1),
  );
  expect([program.hart.run(6), program.word(HART.BUDGET), heard]).toEqual([EXIT.BUDGET, 0, 1]);
});

it('what nobody watches any more is held by the TLB again', () => {
  let on = true;
  let heard = 0;
  const program = watched(
    () => on,
    () => {
      heard += 1;
      on = false;
    },
  );
  program.finish();
  expect(heard).toBe(1);
});
