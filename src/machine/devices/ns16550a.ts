/**
 * ns16550a, the serial port (National Semiconductor PC16550D data sheet): registers of one byte, IRQ 10. What it sends
 * and receives are the console rings of the instance; they take the place of the FIFOs, so that nothing that was typed is
 * lost to a kernel that is slow, or that clears its FIFOs as it starts. The line never fails: no error or modem interrupts.
 *
 * State: 32-bit atomics at INSTANCE.UART, 0 at power-on. The interrupt line follows from them and from the rings; whoever
 * changes either settles it (settle.ts), a hart or the services thread.
 */
import { INSTANCE, instanceBlock } from '../../protocol/layout.ts';
import { consoleInputWaiting, consoleSpace, popConsoleInput, pushConsoleOutput } from '../console-ring.ts';
import type { Device, DeviceAccess } from './device.ts';
import { setLine } from './plic.ts';
import { SERVICES, settle } from './settle.ts';

export const UART_BASE = 0x1000_0000;
const UART_IRQ = 10;

/** Registers by offset; RBR, THR and IER give way to the divisor while LCR.DLAB is 1. */
const REGISTER = {
  RBR: 0,
  THR: 0,
  DLL: 0,
  IER: 1,
  DLM: 1,
  IIR: 2,
  FCR: 2,
  LCR: 3,
  MCR: 4,
  LSR: 5,
  MSR: 6,
  SCR: 7,
} as const;

const IER = { RECEIVED: 1, EMPTY: 2, MASK: 0x0f } as const;
const IIR = { NONE: 1, EMPTY: 2, RECEIVED: 4, FIFOS: 0xc0 } as const;
const FCR = { ENABLE: 1, CLEAR_RECEIVER: 2 } as const;
const LCR = { DLAB: 0x80 } as const;
const MCR = { DTR: 1, RTS: 2, OUT1: 4, OUT2: 8, LOOP: 0x10, MASK: 0x1f } as const;
const LSR = { DATA_READY: 1, HOLDING_EMPTY: 0x20, TRANSMITTER_EMPTY: 0x40 } as const;
const MSR = { CTS: 0x10, DSR: 0x20, RI: 0x40, DCD: 0x80 } as const;

/** Offsets from INSTANCE.UART. */
const STATE = {
  /** The pair of settle.ts. */
  SETTLE: 0x00,
  IER: 0x08,
  /** 1 while the FIFOs are enabled. */
  FIFOS: 0x0c,
  LCR: 0x10,
  MCR: 0x14,
  SCR: 0x18,
  DLL: 0x1c,
  DLM: 0x20,
  /** 1 while the interrupt "transmitter holding register empty" is due. */
  EMPTY_DUE: 0x24,
  /** 1 from a byte that filled the output ring until there is room again. */
  FILLED: 0x28,
  /** The byte that the loop brought back, + 0x100; 0 = none. */
  LOOPED: 0x2c,
} as const;

export class Ns16550a implements Device {
  readonly base = UART_BASE;
  readonly size = 0x100;
  private readonly memory: WebAssembly.Memory;
  private readonly words: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.words = new Int32Array(memory.buffer);
  }

  /** Any width reads the one register, zero-extended, as on the virt board; there is nothing behind the eight. */
  read(access: DeviceAccess): boolean {
    const { instance, hart } = access;
    switch (access.offset) {
      case REGISTER.RBR:
        access.lo = this.divisor(instance) ? this.load(instance, STATE.DLL) : this.receive(instance, hart);
        break;
      case REGISTER.IER:
        access.lo = this.load(instance, this.divisor(instance) ? STATE.DLM : STATE.IER);
        break;
      case REGISTER.IIR:
        access.lo = this.identify(instance, hart);
        break;
      case REGISTER.LCR:
        access.lo = this.load(instance, STATE.LCR);
        break;
      case REGISTER.MCR:
        access.lo = this.load(instance, STATE.MCR);
        break;
      case REGISTER.LSR:
        access.lo =
          (received(this.memory, this.words, instance) ? LSR.DATA_READY : 0) |
          (consoleSpace(this.memory, instance) > 0 ? LSR.HOLDING_EMPTY | LSR.TRANSMITTER_EMPTY : 0);
        break;
      case REGISTER.MSR:
        access.lo = modemStatus(this.load(instance, STATE.MCR));
        break;
      case REGISTER.SCR:
        access.lo = this.load(instance, STATE.SCR);
        break;
    }
    return true;
  }

  write(access: DeviceAccess): boolean {
    const { instance, hart } = access;
    const value = access.lo & 0xff;
    switch (access.offset) {
      case REGISTER.THR:
        if (this.divisor(instance)) this.store(instance, STATE.DLL, value);
        else this.send(instance, hart, value);
        break;
      case REGISTER.IER:
        if (this.divisor(instance)) this.store(instance, STATE.DLM, value);
        else this.enable(instance, hart, value & IER.MASK);
        break;
      case REGISTER.FCR:
        this.store(instance, STATE.FIFOS, value & FCR.ENABLE);
        if ((value & FCR.CLEAR_RECEIVER) !== 0) this.store(instance, STATE.LOOPED, 0);
        settleLine(this.memory, this.words, instance, hart);
        break;
      case REGISTER.LCR:
        this.store(instance, STATE.LCR, value);
        break;
      case REGISTER.MCR:
        this.store(instance, STATE.MCR, value & MCR.MASK);
        settleLine(this.memory, this.words, instance, hart);
        break;
      case REGISTER.SCR:
        this.store(instance, STATE.SCR, value);
        break;
    }
    return true;
  }

  private receive(instance: number, hart: number): number {
    const byte = looping(this.words, instance)
      ? Atomics.exchange(this.words, at(instance, STATE.LOOPED), 0) & 0xff
      : popConsoleInput(this.memory, instance, hart);
    settleLine(this.memory, this.words, instance, hart);
    return Math.max(0, byte);
  }

  private send(instance: number, hart: number, byte: number): void {
    if (looping(this.words, instance)) {
      this.store(instance, STATE.LOOPED, byte | 0x100);
      this.store(instance, STATE.EMPTY_DUE, 1);
    } else {
      // A byte for a full ring is lost: LSR had said that there was no room.
      pushConsoleOutput(this.memory, instance, hart, byte);
      this.store(instance, STATE.EMPTY_DUE, 0);
      // The ring may be drained between the two looks at it: then either of them, or the services thread, sees the room.
      this.store(instance, STATE.FILLED, 1);
      emptied(this.memory, this.words, instance);
    }
    settleLine(this.memory, this.words, instance, hart);
  }

  /** Enabling the interrupt while the transmitter is empty makes it due at once; disabling takes it back. */
  private enable(instance: number, hart: number, value: number): void {
    const before = Atomics.exchange(this.words, at(instance, STATE.IER), value);
    if (((before ^ value) & IER.EMPTY) !== 0) {
      const due = (value & IER.EMPTY) !== 0 && consoleSpace(this.memory, instance) > 0;
      this.store(instance, STATE.EMPTY_DUE, due ? 1 : 0);
    }
    settleLine(this.memory, this.words, instance, hart);
  }

  /** Reading IIR takes back the transmitter's interrupt, if it is the one shown. */
  private identify(instance: number, hart: number): number {
    const due = interruptDue(this.memory, this.words, instance);
    if (due === IIR.EMPTY) {
      this.store(instance, STATE.EMPTY_DUE, 0);
      settleLine(this.memory, this.words, instance, hart);
    }
    return due | (this.load(instance, STATE.FIFOS) === 0 ? 0 : IIR.FIFOS);
  }

  private divisor(instance: number): boolean {
    return (this.load(instance, STATE.LCR) & LCR.DLAB) !== 0;
  }

  private load(instance: number, offset: number): number {
    return Atomics.load(this.words, at(instance, offset));
  }

  private store(instance: number, offset: number, value: number): void {
    Atomics.store(this.words, at(instance, offset), value);
  }
}

/** For the services thread: bytes were put into the console's input ring. */
export function uartInputArrived(memory: WebAssembly.Memory, instance: number): void {
  settleLine(memory, new Int32Array(memory.buffer), instance, SERVICES);
}

/** For the services thread: bytes were taken out of the console's output ring. */
export function uartOutputDrained(memory: WebAssembly.Memory, instance: number): void {
  const words = new Int32Array(memory.buffer);
  if (emptied(memory, words, instance)) settleLine(memory, words, instance, SERVICES);
}

const at = (instance: number, offset: number): number =>
  (instanceBlock(instance) + INSTANCE.UART + offset) >> 2;

/** After FILLED: if there is room again, says so once. */
function emptied(memory: WebAssembly.Memory, words: Int32Array, instance: number): boolean {
  if (consoleSpace(memory, instance) === 0) return false;
  if (Atomics.exchange(words, at(instance, STATE.FILLED), 0) === 0) return false;
  Atomics.store(words, at(instance, STATE.EMPTY_DUE), 1);
  return true;
}

function looping(words: Int32Array, instance: number): boolean {
  return (Atomics.load(words, at(instance, STATE.MCR)) & MCR.LOOP) !== 0;
}

function received(memory: WebAssembly.Memory, words: Int32Array, instance: number): boolean {
  return looping(words, instance)
    ? Atomics.load(words, at(instance, STATE.LOOPED)) !== 0
    : consoleInputWaiting(memory, instance);
}

/** The interrupt that IIR shows, received data before the empty transmitter. */
function interruptDue(memory: WebAssembly.Memory, words: Int32Array, instance: number): number {
  const enabled = Atomics.load(words, at(instance, STATE.IER));
  if ((enabled & IER.RECEIVED) !== 0 && received(memory, words, instance)) return IIR.RECEIVED;
  if ((enabled & IER.EMPTY) !== 0 && Atomics.load(words, at(instance, STATE.EMPTY_DUE)) !== 0)
    return IIR.EMPTY;
  return IIR.NONE;
}

function settleLine(memory: WebAssembly.Memory, words: Int32Array, instance: number, who: number): void {
  settle(words, instanceBlock(instance) + INSTANCE.UART + STATE.SETTLE, who, () => {
    setLine(words, instance, UART_IRQ, interruptDue(memory, words, instance) !== IIR.NONE, who);
  });
}

/** Nobody is at the modem's lines: they say "ready", or show MCR while it loops. */
function modemStatus(control: number): number {
  if ((control & MCR.LOOP) === 0) return MSR.DCD | MSR.DSR | MSR.CTS;
  return (
    ((control & MCR.RTS) === 0 ? 0 : MSR.CTS) |
    ((control & MCR.DTR) === 0 ? 0 : MSR.DSR) |
    ((control & MCR.OUT1) === 0 ? 0 : MSR.RI) |
    ((control & MCR.OUT2) === 0 ? 0 : MSR.DCD)
  );
}
