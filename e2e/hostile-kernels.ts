/**
 * Kernels that mean ill to the terminal they print on, each an `Image` of a few instructions, made here. They print through
 * the firmware's debug console (SBI 2.0, chapter 12), which passes bytes on as they are.
 */
/** Prints s0 up to s1; a call may take less than it is given (12.1). */
const PRINT = [
  0x4084_8533, // print: sub  a0, s1, s0
  0x0205_0263, //        beqz a0, printed
  0x0004_0593, //        mv   a1, s0
  0x0000_0613, //        li   a2, 0
  0x0000_0813, //        li   a6, 0
  0x4442_48b7, //        lui  a7, 0x44424
  0x34e8_8893, //        addi a7, a7, 0x34e
  0x0000_0073, //        ecall
  0x00b4_0433, //        add  s0, s0, a1
  0xfddf_f06f, //        j    print
];

const FLOOD = [
  0x0000_0297, // next:  la   t0, text + 14
  0x0722_8293,
  0x0390_0393, //        li   t2, '9'
  0x0002_c303, // carry: lbu  t1, 0(t0)
  0x0073_1a63, //        bne  t1, t2, up
  0x0300_0313, //        li   t1, '0'
  0x0062_8023, //        sb   t1, 0(t0)
  0xfff2_8293, //        addi t0, t0, -1
  0xfedf_f06f, //        j    carry
  0x0013_0313, // up:    addi t1, t1, 1
  0x0062_8023, //        sb   t1, 0(t0)
  0x0000_0417, //        la   s0, text
  0x0384_0413,
  0x0404_0493, //        addi s1, s0, 64
  ...PRINT,
  0xfa1f_f06f, //        j    next
];

const PRINT_ONCE = [
  0x0000_0417, //        la   s0, text + 4
  0x0444_0413,
  0xffc4_6483, //        lwu  s1, -4(s0)
  0x0084_84b3, //        add  s1, s1, s0
  ...PRINT,
  0x1050_0073, // sleep: wfi
  0xffdf_f06f, //        j    sleep
];

/** An `Image` (Linux, Documentation/arch/riscv/boot-image-header.rst) of this code with these bytes behind it. */
function image(code: readonly number[], text: Uint8Array): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(0x0400_006f, 0); // j .+64
  header.writeUInt32LE(header.length + 4 * code.length + text.length, 16);
  header.writeUInt32LE(2, 32);
  header.write('RISCV', 48, 'latin1');
  header.write('RSC\x05', 56, 'latin1');
  const words = Buffer.alloc(4 * code.length);
  code.forEach((word, index) => words.writeUInt32LE(word, 4 * index));
  return Buffer.concat([header, words, text]);
}

/** Prints numbered lines of 64 bytes without end: `flood 000000001 ....`. */
export const floodImage = (): Buffer =>
  image(FLOOD, Buffer.from(`flood ${'0'.repeat(9)} ${'.'.repeat(46)}\r\n`));

/** Prints these bytes once and then sleeps. */
export function printImage(text: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return image(PRINT_ONCE, Buffer.concat([length, text]));
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const chars = (first: number, last: number): string[] =>
  range(first, last).map((code) => String.fromCharCode(code));

/** What no title, clipboard or address of the page may become. */
export const TITLE = 'TAKEN-OVER';
const BASE64 = Buffer.from(TITLE).toString('base64');
/** What would say so if it were taken for more than text. */
export const MARKUP = '<img src=x onerror=window.taken=1><script>window.taken=1</script>';

const OSC_TEXTS = [TITLE, `c;${BASE64}`, `p;${BASE64}`, 'c;?', '?', `;javascript:window.taken=1`, MARKUP, ''];
const CSI_PARAMETERS = [
  '',
  '0',
  '1',
  '2',
  '3;3',
  '8;999;999',
  '65535',
  '999999999999',
  ...chars(0x3c, 0x3f),
  '!',
  ' ',
];
/** Private modes that xterm and its kin know: columns, mouse, other screen, paste, focus, synchronised output … */
const MODES = [
  1, 2, 3, 5, 6, 7, 9, 12, 25, 40, 45, 47, 66, 67, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016,
];
const MORE_MODES = [1034, 1045, 1046, 1047, 1048, 1049, 2004, 2026, 9001];

/** Printed when all but a title without end was sent. */
export const ALL_SENT = 'ALL-SENT';

/** Every control and escape sequence by its final byte, with and without an end, and text that is none. */
export function everySequence(): Uint8Array {
  const st = '\x1b\\';
  const text = [
    // C0, DEL, and C1 as characters.
    ...chars(0, 0x1a),
    ...chars(0x1c, 0x1f),
    ...chars(0x7f, 0x9f),
    '\x18',
    ...chars(0x20, 0x7e).flatMap((final) => [`\x1b${final}`, '\x18']),
    ...chars(0x20, 0x2f).flatMap((between) => chars(0x30, 0x7e).map((final) => `\x1b${between}${final}`)),
    ...CSI_PARAMETERS.flatMap((given) => chars(0x40, 0x7e).map((final) => `\x1b[${given}${final}`)),
    ...chars(0x20, 0x2f).flatMap((between) => chars(0x40, 0x7e).map((final) => `\x1b[1${between}${final}`)),
    ...[...MODES, ...MORE_MODES].flatMap((mode) => [`\x1b[?${mode}h`, `\x1b[?${mode}$p`]),
    `\x1b[${'1;'.repeat(5000)}m`,
    ...chars(0x40, 0x7e).flatMap((final) => [`\x1bP1$${final}${MARKUP}${st}`, `\x1bP${final}${TITLE}\x18`]),
    ...[...range(0, 120), 133, 633, 777, 1337, 9999].flatMap((number) =>
      OSC_TEXTS.flatMap((given) => [`\x1b]${number};${given}\x07`, `\x1b]${number};${given}${st}`]),
    ),
    ...['X', '^', '_'].map((string) => `\x1b${string}${MARKUP}${st}`),
    `\x1b]8;;https://taken.invalid/\x07${TITLE}\x1b]8;;\x07`,
    // Directions, joiners, and marks without end on one character.
    '\u202e\u2066\u200d\ufeff',
    `\x1b[2147483647S\x1b[2147483647T\x1b[2147483647L\x1b[2147483647M\x1b[2147483647Zz\x1b[2147483647b`,
    '\x1b[c\x1b[6n'.repeat(2000),
    `z${'\u0301'.repeat(3000)}`,
  ].join('');
  // Bytes that are no UTF-8, C1 as bytes, and a string that does not end.
  const raw = [...range(0x80, 0xff), 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0xf0, 0x9f];
  return Buffer.concat([
    Buffer.from(text, 'utf8'),
    Buffer.from(raw),
    Buffer.from(`\x18\r\n${ALL_SENT}\r\n\x1b]0;${TITLE.repeat(2000)}`),
  ]);
}
