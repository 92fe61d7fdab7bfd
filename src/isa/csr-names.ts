/** Numbers of the CSRs by name (privileged specification, chapter "Control and Status Registers"), for assembly text. */
const NUMBERED: Readonly<Record<string, number>> = {
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  stimecmp: 0x14d,
  satp: 0x180,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mcountinhibit: 0x320,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  mcycle: 0xb00,
  minstret: 0xb02,
  mvendorid: 0xf11,
  marchid: 0xf12,
  mimpid: 0xf13,
  mhartid: 0xf14,
  mconfigptr: 0xf15,
};

const numbers = new Map(Object.entries(NUMBERED));
for (let i = 0; i < 16; i++) numbers.set(`pmpaddr${i}`, 0x3b0 + i);
for (let i = 0; i < 4; i += 2) numbers.set(`pmpcfg${i}`, 0x3a0 + i);
const names = new Map([...numbers].map(([name, number]) => [number, name]));

export const csrNumber = (name: string): number | undefined => numbers.get(name);
/** Name of a CSR, or its number in hexadecimal when it has none here. */
export const csrName = (number: number): string => names.get(number) ?? `0x${number.toString(16)}`;
