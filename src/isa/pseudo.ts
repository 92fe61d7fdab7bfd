/**
 * Pseudo-instructions (RISC-V Assembly Programmer's Manual) as the text that they stand for. `la`, `call` and `tail`
 * need the pc and are in assemble.ts.
 */
type Expansion = (operands: readonly string[]) => string[];

/** An expansion for a certain number of operands. */
const form = (operands: number, ...lines: string[]): { operands: number; expand: Expansion } => ({
  operands,
  expand: (given) => lines.map((line) => line.replace(/\$(\d)/g, (_, i: string) => given[Number(i)] ?? '')),
});

const FORMS: Readonly<Record<string, { operands: number; expand: Expansion }>> = {
  nop: form(0, 'addi x0, x0, 0'),
  mv: form(2, 'addi $0, $1, 0'),
  not: form(2, 'xori $0, $1, -1'),
  neg: form(2, 'sub $0, x0, $1'),
  negw: form(2, 'subw $0, x0, $1'),
  'sext.w': form(2, 'addiw $0, $1, 0'),
  seqz: form(2, 'sltiu $0, $1, 1'),
  snez: form(2, 'sltu $0, x0, $1'),
  sltz: form(2, 'slt $0, $1, x0'),
  sgtz: form(2, 'slt $0, x0, $1'),
  beqz: form(2, 'beq $0, x0, $1'),
  bnez: form(2, 'bne $0, x0, $1'),
  blez: form(2, 'bge x0, $0, $1'),
  bgez: form(2, 'bge $0, x0, $1'),
  bltz: form(2, 'blt $0, x0, $1'),
  bgtz: form(2, 'blt x0, $0, $1'),
  bgt: form(3, 'blt $1, $0, $2'),
  ble: form(3, 'bge $1, $0, $2'),
  bgtu: form(3, 'bltu $1, $0, $2'),
  bleu: form(3, 'bgeu $1, $0, $2'),
  j: form(1, 'jal x0, $0'),
  jal: form(1, 'jal x1, $0'),
  jr: form(1, 'jalr x0, 0($0)'),
  jalr: form(1, 'jalr x1, 0($0)'),
  ret: form(0, 'jalr x0, 0(x1)'),
  fence: form(0, 'fence iorw, iorw'),
  'sfence.vma': form(0, 'sfence.vma x0, x0'),
  unimp: form(0, '.word 0xc0001073'),
  csrr: form(2, 'csrrs $0, $1, x0'),
  csrw: form(2, 'csrrw x0, $0, $1'),
  csrs: form(2, 'csrrs x0, $0, $1'),
  csrc: form(2, 'csrrc x0, $0, $1'),
  csrwi: form(2, 'csrrwi x0, $0, $1'),
  csrsi: form(2, 'csrrsi x0, $0, $1'),
  csrci: form(2, 'csrrci x0, $0, $1'),
  rdcycle: form(1, 'csrrs $0, cycle, x0'),
  rdtime: form(1, 'csrrs $0, time, x0'),
  rdinstret: form(1, 'csrrs $0, instret, x0'),
};

/** The instructions that a pseudo-instruction stands for, or undefined when it is none (for this number of operands). */
export function expandPseudo(mnemonic: string, operands: readonly string[]): string[] | undefined {
  const found = FORMS[mnemonic];
  return found?.operands === operands.length ? found.expand(operands) : undefined;
}

/** Instructions that load a 64-bit constant into a register: at most eight. */
export function loadImmediate(rd: string, value: bigint): string[] {
  const signed = BigInt.asIntN(64, value);
  if (signed === BigInt.asIntN(12, signed)) return [`addi ${rd}, x0, ${signed}`];
  const low = BigInt.asIntN(12, signed);
  const addLow = (mnemonic: string): string[] => (low === 0n ? [] : [`${mnemonic} ${rd}, ${rd}, ${low}`]);
  if (signed === BigInt.asIntN(32, signed)) {
    return [`lui ${rd}, ${BigInt.asUintN(20, (signed - low) >> 12n)}`, ...addLow('addiw')];
  }
  let high = BigInt.asIntN(52, (signed - low) >> 12n);
  let shift = 12;
  while ((high & 1n) === 0n) {
    high >>= 1n;
    shift++;
  }
  return [...loadImmediate(rd, high), `slli ${rd}, ${rd}, ${shift}`, ...addLow('addi')];
}
