/** Size of a file, to a tenth of its unit at most. */
export function fileSize(bytes: number): string {
  const unit = bytes < 0x400 ? 1 : bytes < 0x10_0000 ? 0x400 : 0x10_0000;
  const name = unit === 1 ? 'bytes' : unit === 0x400 ? 'KiB' : 'MiB';
  return `${(bytes / unit).toLocaleString('en', { maximumFractionDigits: 1 })} ${name}`;
}
