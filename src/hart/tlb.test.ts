import { describe, expect, it } from 'vitest';
import { createTestProgram } from './hart.testkit.ts';

const A0 = 10;
const A1 = 11;

describe('an empty TLB', () => {
  // The XOR of an address and a tag of all ones is small for the last page of the address space.
  it.each(['ld a5, -8(x0)', 'lbu a5, -1(x0)', 'sd a5, -2048(x0)', 'amoadd.w a5, a5, (s1)'])(
    'answers no access to the last page of the address space: %s',
    (access) => {
      const program = createTestProgram(`
          la t0, trap
          csrw mtvec, t0
          li s1, -8
          sfence.vma s1, x0
          ${access}
          wfi
          .align 2
          trap: csrr a0, mcause
          csrr a1, mtval
          wfi`);
      program.finish();
      expect(program.hart.x(A0)).toBe(access.startsWith('l') ? 5n : 7n);
      expect(program.hart.x(A1)).toBeGreaterThan(0xffff_ffff_ffff_f000n);
    },
  );
});
