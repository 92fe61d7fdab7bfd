import { describe, expect, it } from 'vitest';
import { CONSOLE_OUT_SIZE } from '../../protocol/layout.ts';
import { drainConsoleOutput, pushConsoleInput } from '../console-ring.ts';
import { deviceMemory, Guest, mip } from './devices.testkit.ts';
import { Ns16550a, UART_BASE, uartInputArrived, uartOutputDrained } from './ns16550a.ts';
import { Plic, PLIC_BASE } from './plic.ts';

const SEIP = 1 << 9;
const RBR = 0;
const THR = 0;
const IER = 1;
const IIR = 2;
const FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCR = 7;

/** Kernel 3 on hart 0, with IRQ 10 enabled for S-mode. */
function setUp() {
  const memory = deviceMemory([3]);
  const plic = new Guest(memory, 0, 3, new Plic(memory));
  plic.write(PLIC_BASE + 4 * 10, 1n);
  plic.write(PLIC_BASE + 0x2080, 1n << 10n);
  const uart = new Guest(memory, 0, 3, new Ns16550a(memory));
  return {
    memory,
    get: (register: number) => uart.read(UART_BASE + register, 1),
    put: (register: number, value: number) => uart.write(UART_BASE + register, BigInt(value), 1),
    type: (text: string) => {
      pushConsoleInput(memory, 3, new TextEncoder().encode(text));
      uartInputArrived(memory, 3);
    },
    drain: () => {
      const text = new TextDecoder().decode(drainConsoleOutput(memory, 3));
      uartOutputDrained(memory, 3);
      return text;
    },
    /** Whether the interrupt reaches the hart; ends it as a driver would. */
    interrupted: () => {
      const raised = (mip(memory, 0) & SEIP) !== 0;
      if (raised) plic.write(PLIC_BASE + 0x20_1004, plic.read(PLIC_BASE + 0x20_1004) as bigint);
      return raised;
    },
  };
}

describe('ns16550a', () => {
  it('sends what is written to THR to the console of its kernel', () => {
    const { put, drain, memory } = setUp();
    for (const character of 'hello') put(THR, character.charCodeAt(0));
    expect(drainConsoleOutput(memory, 5)).toHaveLength(0);
    expect(drain()).toBe('hello');
  });

  it('interrupts while typed characters wait, and gives them in order', () => {
    const { get, put, type, interrupted } = setUp();
    type('ok');
    expect(interrupted()).toBe(false);
    put(IER, 1);
    expect(interrupted()).toBe(true);
    expect(get(IIR)).toBe(0x04n);
    expect([get(LSR), get(RBR), get(RBR), get(LSR)]).toEqual([0x61n, 0x6fn, 0x6bn, 0x60n]);
    // One more may have been passed on before the line went low.
    interrupted();
    expect([interrupted(), get(IIR), get(RBR)]).toEqual([false, 0x01n, 0n]);
    type('!');
    expect(interrupted()).toBe(true);
  });

  it('interrupts once for an empty transmitter, when enabled and after each byte', () => {
    const { get, put, interrupted } = setUp();
    put(IER, 2);
    expect([interrupted(), get(IIR), get(IIR)]).toEqual([true, 0x02n, 0x01n]);
    interrupted();
    expect(interrupted()).toBe(false);
    put(THR, 0x41);
    expect([interrupted(), get(IIR), get(IIR)]).toEqual([true, 0x02n, 0x01n]);
  });

  it('says that there is no room in a full ring, and interrupts when there is again', () => {
    const { get, put, drain, interrupted } = setUp();
    put(IER, 2);
    for (let sent = 0; sent < CONSOLE_OUT_SIZE; sent++) put(THR, 0x61);
    expect(get(LSR)).toBe(0n);
    expect(get(IIR)).toBe(0x01n);
    interrupted();
    expect(interrupted()).toBe(false);
    expect(drain()).toHaveLength(CONSOLE_OUT_SIZE);
    expect([interrupted(), get(LSR), get(IIR)]).toEqual([true, 0x60n, 0x02n]);
  });

  it('shows received data before the empty transmitter', () => {
    const { get, put, type } = setUp();
    type('x');
    put(IER, 3);
    expect([get(IIR), get(RBR), get(IIR)]).toEqual([0x04n, 0x78n, 0x02n]);
  });

  it('keeps the divisor behind DLAB', () => {
    const { get, put, drain } = setUp();
    put(LCR, 0x83);
    put(0, 0x12);
    put(1, 0x34);
    expect([get(0), get(1), get(LCR)]).toEqual([0x12n, 0x34n, 0x83n]);
    put(LCR, 0x03);
    expect([get(IER), drain()]).toEqual([0n, '']);
  });

  it('is recognised as a 16550A: scratch register, FIFO bits, modem lines in the loop', () => {
    const { get, put } = setUp();
    put(SCR, 0xa5);
    expect(get(SCR)).toBe(0xa5n);
    put(FCR, 1);
    expect(get(IIR)).toBe(0xc1n);
    put(MCR, 0x1a);
    expect(get(MSR)).toBe(0x90n);
    put(MCR, 0x0b);
    expect(get(MSR)).toBe(0xb0n);
  });

  it('brings a byte back in the loop, and not to the console', () => {
    const { get, put, drain } = setUp();
    put(MCR, 0x10);
    put(THR, 0x55);
    expect([get(LSR), get(RBR), get(LSR)]).toEqual([0x61n, 0x55n, 0x60n]);
    expect(drain()).toBe('');
  });

  it('keeps what was typed when the kernel clears its FIFOs', () => {
    const { get, put, type } = setUp();
    type('a');
    put(FCR, 0x07);
    expect(get(RBR)).toBe(0x61n);
  });
});
