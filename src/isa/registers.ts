/** Names of the integer registers (RISC-V calling convention). */
const REGISTER_NAMES: readonly string[] = [
  ...['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5'],
  ...['a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6'],
];

const numbers = new Map<string, number>([['fp', 8]]);
REGISTER_NAMES.forEach((name, number) => numbers.set(name, number).set(`x${number}`, number));

/** Number of a register by its name (`a0`, `x10`, `fp`), or undefined. */
export const registerNumber = (name: string): number | undefined => numbers.get(name);
/** Name of register `number` (0 … 31) in the calling convention. */
export const registerName = (number: number): string => REGISTER_NAMES[number] ?? `x${number}`;
