/** What a kernel leaves when it ends: plain data for the page, the headless runner and tests. */

/** A place in the kernel's code. */
export interface CodeAddress {
  /** Virtual, as 16 hexadecimal digits after 0x. */
  readonly address: string;
  /** `function+0x1c`, from the ELF file beside the image; null: there is none, or it does not know the address. */
  readonly symbol: string | null;
}

export interface HartWords {
  readonly hart: number;
  readonly pc: CodeAddress;
  /** x1 … x31 by their ABI names, then scause, sepc and stval (mcause … of a kernel entered in M-mode). */
  readonly registers: readonly { readonly name: string; readonly value: string }[];
  /** Return addresses from the stack, that of the innermost call first. */
  readonly stack: readonly CodeAddress[];
  /**
   * `frames`: the chain of frame pointers led to them (a hart that stopped in a function's first or last instructions lacks
   * that function's caller). `scan`: the kernel keeps no frame pointers, and these are words of the stack that point behind
   * a call: one may be left from a call that has returned.
   */
  readonly stackFrom: 'frames' | 'scan';
}

export interface LastWords {
  readonly instance: number;
  readonly bootId: number;
  /** As InstanceView.reason. */
  readonly reason: string;
  /** The last 4 KiB at most of what its console had said, without control sequences. */
  readonly consoleTail: string;
  /** Its harts, in ascending order. */
  readonly harts: readonly HartWords[];
}
