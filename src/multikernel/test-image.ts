/** For tests: the smallest RISC-V `Image` (64-byte header) with `code` behind the header. */
export function kernelImage(code: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(64 + code.length);
  const view = new DataView(bytes.buffer);
  // `j .+64`: over the header.
  view.setUint32(0x00, 0x0400_006f, true);
  view.setBigUint64(0x10, BigInt(bytes.length), true);
  // Version 0.2, magic "RISCV" and "RSC\x05".
  view.setUint32(0x20, 2, true);
  view.setBigUint64(0x30, 0x56_4353_4952n, true);
  view.setUint32(0x38, 0x0543_5352, true);
  bytes.set(code, 64);
  return bytes;
}
