/** Exception codes of mcause and scause by name (privileged spec, "Machine Cause Register"). */
export const EXCEPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'instruction address misaligned',
  1: 'instruction access fault',
  2: 'illegal instruction',
  3: 'breakpoint',
  4: 'load address misaligned',
  5: 'load access fault',
  6: 'store address misaligned',
  7: 'store access fault',
  8: 'call from U-mode',
  9: 'call from S-mode',
  11: 'call from M-mode',
  12: 'instruction page fault',
  13: 'load page fault',
  15: 'store page fault',
};
