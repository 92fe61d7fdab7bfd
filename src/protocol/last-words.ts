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
  /**
   * Words of the stack, from its top on, that point behind a call instruction of the kernel's memory. Guests keep no frame
   * pointer, so these are possible return addresses: one may be left from a call that has returned.
   */
  readonly stack: readonly CodeAddress[];
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
