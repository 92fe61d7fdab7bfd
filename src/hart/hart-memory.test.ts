/** Translation, protection and access rules as programs meet them, on the real interpreter. */
import { describe, expect, it } from 'vitest';
import { HART, RAM_BASE } from '../protocol/layout.ts';
import { createTestProgram } from './hart.testkit.ts';

const A0 = 10;
const A1 = 11;
const A2 = 12;

/**
 * Page tables that map RAM at its own address by one gigapage for S, and at 0x40000000 the pages of `leaves`.
 * Enters S-mode at `body` with traps to `trap`.
 */
const paged = (body: string, leaves: string, mstatus = 0x800): string => `
  li t0, -1; csrw pmpaddr0, t0
  li t0, 0x1f; csrw pmpcfg0, t0
  la t0, trap; csrw mtvec, t0
  la t0, body; csrw mepc, t0
  li t0, ${mstatus}; csrw mstatus, t0
  li t0, ${(8n << 60n) | 0x8_0010n}; csrw satp, t0
  mret
  .balign 4
  trap: csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  wfi
  body: li s0, 0x40000000
  ${body}
  .org 0x10000
  .dword 0
  .dword 0x20004401
  .dword 0x200000cf
  .org 0x11000
  .dword 0x20004801
  .org 0x12000
  ${leaves}
  .org 0x20000
  data: .dword 0x1122334455667788
  .org 0x20ff8
  .dword 0x1111111111111111
  .dword 0x2222222222222222
  .org 0x22000
  .dword 0x3333333333333333
`;
/** Entries for the page at 0x80020000 and those after it. */
const leaf = (page: number, flags: number): string =>
  `.dword ${((0x8_0020 + page) * 1024 + flags).toString()}`;
const RW = 0xc7;
const RWX = 0xcf;
const R = 0xc3;

describe('Sv39', () => {
  it('loads, stores and fetches through page tables', () => {
    const program = createTestProgram(
      paged(
        `ld a0, 0(s0)
        li t0, 0x00008067
        sw t0, 64(s0)
        fence.i
        addi t1, s0, 64
        jalr t1
        li a2, 7
        wfi`,
        leaf(0, RWX),
      ),
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(0x1122_3344_5566_7788n);
    expect(program.hart.x(A2)).toBe(7n);
    expect(program.ram.getUint32(0x2_0040, true)).toBe(0x0000_8067);
  });

  it('stores read-only pages fault precisely', () => {
    const program = createTestProgram(paged('here: sd s0, 16(s0); wfi', leaf(0, R)));
    program.finish();
    expect(program.hart.x(A0)).toBe(15n);
    expect(program.hart.x(A1)).toBe(program.at('here'));
    expect(program.hart.x(A2)).toBe(0x4000_0010n);
  });

  it.each([
    ['ld', 'ld a5, 0(s1)', 13n],
    ['sd', 'sd a5, 0(s1)', 15n],
    ['amoswap.w', 'amoswap.w a5, a5, (s1)', 15n],
    ['lr.w', 'lr.w a5, (s1)', 13n],
    ['sc.w after lr', 'lr.w a5, (s2); here: sc.w a5, a5, (s1)', 15n],
    ['jump', 'jr s1', 12n],
  ])('%s of an unmapped page is the page fault of its kind', (_name, text, cause) => {
    const here = text.includes('here:') ? '' : 'here: ';
    const program = createTestProgram(
      paged(`li s1, 0x40001000; mv s2, s0; ${here}${text}; wfi`, `${leaf(0, RW)}; .dword 0`),
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(cause);
    expect(program.hart.x(A1)).toBe(cause === 12n ? 0x4000_1000n : program.at('here'));
    expect(program.hart.x(A2)).toBe(0x4000_1000n);
  });

  it('a new entry counts after SFENCE.VMA, of all or of the address', () => {
    for (const fence of ['sfence.vma', 'sfence.vma s0, x0', 'sfence.vma s0, t0']) {
      const program = createTestProgram(
        paged(
          `ld a0, 0(s0)
          li t1, 0x80012000
          li t2, ${(0x8_0022 * 1024 + RW).toString()}
          sd t2, 0(t1)
          li t0, 0
          ${fence}
          ld a1, 0(s0)
          wfi`,
          leaf(0, RW),
        ),
      );
      program.finish();
      expect(program.hart.x(A0)).toBe(0x1122_3344_5566_7788n);
      expect(program.hart.x(A1)).toBe(0x3333_3333_3333_3333n);
    }
  });

  it('a satp that is written counts for the next instruction', () => {
    const program = createTestProgram(
      paged(
        `ld a0, 0(s0)
        csrw satp, x0
        here: ld a1, 0(s0)
        wfi`,
        leaf(0, RW),
      ),
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(5n);
    expect(program.hart.x(A1)).toBe(program.at('here'));
  });

  it('SUM, written by S itself, opens and closes pages of U', () => {
    const program = createTestProgram(
      paged(
        `li t0, 0x40000
        csrs sstatus, t0
        ld a3, 0(s0)
        csrc sstatus, t0
        here: ld a4, 0(s0)
        wfi`,
        leaf(0, RW | 16),
      ),
    );
    program.finish();
    expect(program.hart.x(13)).toBe(0x1122_3344_5566_7788n);
    expect(program.hart.x(A0)).toBe(13n);
    expect(program.hart.x(A1)).toBe(program.at('here'));
  });

  it('A and D are set by hardware in a hart that started in M-mode', () => {
    const program = createTestProgram(
      paged('ld a0, 0(s0); li s1, 0x40001000; sd a0, 0(s1); wfi', `${leaf(0, 7)}; ${leaf(1, 7)}`),
    );
    program.finish();
    expect(program.ram.getUint32(0x1_2000, true) & 0xc0).toBe(0x40);
    expect(program.ram.getUint32(0x1_2008, true) & 0xc0).toBe(0xc0);
  });

  it('MPRV lets M load with the tables of S', () => {
    const program = createTestProgram(
      paged(
        `wfi
        next: nop`,
        leaf(0, RW),
      ).replace(
        'mret',
        `li t0, 0x20800
        csrs mstatus, t0
        li s0, 0x40000000
        ld a0, 0(s0)
        csrc mstatus, t0
        wfi`,
      ),
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(0x1122_3344_5566_7788n);
  });
});

describe('accesses across pages', () => {
  it('work when both are there, wherever they lie', () => {
    const program = createTestProgram(
      paged(
        `li s1, 0x40000ffc
        ld a0, 0(s1)
        lw a1, 2(s1)
        li t0, 0x8877665544332211
        sd t0, 1(s1)
        wfi`,
        `${leaf(0, RW)}; ${leaf(2, RW)}`,
      ),
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(0x3333_3333_1111_1111n);
    expect(program.hart.x(A1)).toBe(0x3333_1111n);
    expect(program.ram.getUint32(0x2_0ffc, true)).toBe(0x3322_1111);
    expect(program.ram.getBigUint64(0x2_2000, true)).toBe(0x3333_3388_7766_5544n);
  });

  it('write nothing when the second page faults', () => {
    const program = createTestProgram(
      paged('li s1, 0x40000ffc; here: sd s1, 0(s1); wfi', `${leaf(0, RW)}; ${leaf(2, R)}`),
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(15n);
    expect(program.hart.x(A1)).toBe(program.at('here'));
    expect(program.hart.x(A2)).toBe(0x4000_1000n);
    expect(program.ram.getBigUint64(0x2_0ff8, true)).toBe(0x1111_1111_1111_1111n);
  });

  it('an instruction across pages faults with its own pc and the address of the second page', () => {
    const program = createTestProgram(
      paged(
        `li s1, 0x40000ffe
        li t0, 0x0513
        sh t0, 0(s1)
        fence.i
        jr s1`,
        `${leaf(0, RWX)}; .dword 0`,
      ),
    );
    program.finish();
    expect(program.hart.x(A0)).toBe(12n);
    expect(program.hart.x(A1)).toBe(0x4000_0ffen);
    expect(program.hart.x(A2)).toBe(0x4000_1000n);
  });
});

describe('PMP', () => {
  /** U-mode at `user`, all of RAM open by entry 1, and entry 0 (NA4, the word at `word`) as `flags` say. */
  const guarded = (text: string, flags: number): string => `
    la t0, word; srli t0, t0, 2; csrw pmpaddr0, t0
    li t0, -1; csrw pmpaddr1, t0
    li t0, ${0x1f00 + 0x10 + flags}; csrw pmpcfg0, t0
    la t0, trap; csrw mtvec, t0
    la t0, user; csrw mepc, t0
    mret
    .balign 4
    trap: csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    wfi
    user: la s0, word
    ${text}
    ecall
    .balign 4
    .word 0x13
    word: .word 0x13
    .word 0x73
    .word 0x13`;

  it.each([
    ['lw a5, 0(s0)', 0, 5n],
    ['lw a5, -4(s0)', 0, 8n],
    ['lw a5, 4(s0)', 0, 8n],
    ['ld a5, -4(s0)', 7, 5n],
    ['lw a5, 0(s0)', 1, 8n],
    ['sw a5, 0(s0)', 1, 7n],
    ['sw a5, 0(s0)', 3, 8n],
    ['sh a5, 2(s0)', 1, 7n],
    ['amoadd.w a5, a5, (s0)', 1, 7n],
    ['lr.w a5, (s0)', 0, 5n],
  ])('U: %s with flags %i gives cause %s', (text, flags, cause) => {
    const program = createTestProgram(guarded(text, flags));
    program.finish();
    expect(program.hart.x(A0)).toBe(cause);
  });

  it.each([
    ['from before it', 'addi s0, s0, -4; jr s0'],
    ['directly', 'jr s0'],
  ])('a word that must not be executed is not, reached %s', (_name, text) => {
    const allowed = createTestProgram(guarded(text, 4));
    allowed.finish();
    expect(allowed.hart.x(A0)).toBe(8n);
    expect(allowed.hart.x(A1)).toBe(allowed.at('word') + 4n);
    const denied = createTestProgram(guarded(text, 3));
    denied.finish();
    expect(denied.hart.x(A0)).toBe(1n);
    expect(denied.hart.x(A1)).toBe(denied.at('word'));
    expect(denied.hart.x(A2)).toBe(denied.at('word'));
  });

  it('without an entry denies everything to U', () => {
    const program = createTestProgram(`
      la t0, trap; csrw mtvec, t0
      la t0, trap; csrw mepc, t0
      mret
      .balign 4
      trap: csrr a0, mcause
      csrr a1, mepc
      wfi`);
    program.finish();
    expect(program.hart.x(A0)).toBe(1n);
    expect(program.hart.x(A1)).toBe(program.at('trap'));
  });

  it('binds M only by a locked entry', () => {
    for (const [flags, cause] of [
      [0x11, 8n],
      [0x91, 7n],
    ] as const) {
      const program = createTestProgram(`
        la t0, trap; csrw mtvec, t0
        la s0, word; srli t0, s0, 2; csrw pmpaddr0, t0
        li t0, ${flags}; csrw pmpcfg0, t0
        sw x0, 0(s0)
        li a0, 8
        wfi
        .balign 4
        trap: csrr a0, mcause
        wfi
        .balign 4
        word: .word 5`);
      program.finish();
      expect(program.hart.x(A0)).toBe(cause);
      expect(program.ram.getUint32(Number(program.at('word')) - RAM_BASE, true)).toBe(cause === 8n ? 0 : 5);
    }
  });
});

describe('devices', () => {
  it('are read and written in their width', () => {
    const program = createTestProgram(`
      li s0, 0x10000000
      li t0, 0x1122334455667788
      sd t0, 0(s0)
      li t0, 0xaa
      sb t0, 1(s0)
      ld a0, 0(s0)
      lh a1, 2(s0)
      lbu a2, 1(s0)
      wfi`);
    program.finish();
    expect(program.hart.x(A0)).toBe(0x1122_3344_5566_aa88n);
    expect(program.hart.x(A1)).toBe(0x5566n);
    expect(program.hart.x(A2)).toBe(0xaan);
    expect(program.word(HART.TRAPS)).toBe(0);
  });
});
