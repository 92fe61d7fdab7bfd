import { expect, it, vi } from 'vitest';
import { InputGate, PieceSize, refuseLongRepeats } from './terminal-guard.ts';

const REPORTS = [
  '\x1b[?1;2c',
  '\x1b[0n',
  '\x1b[3;1R',
  '\x1b[?25;1$y',
  '\x1bP0$r\x1b\\',
  '\x1b]11;rgb:0/0/0\x1b\\',
];

it.each(REPORTS)(
  'sends no more answers like %j than a kernel reads, and everything that is typed',
  async (report) => {
    const sent: string[] = [];
    let read = (): void => undefined;
    const reading = new Promise<void>((resolve) => (read = resolve));
    const gate = new InputGate((text) => {
      sent.push(text);
      return reading;
    });
    for (let k = 0; k < 1000; k++) gate.take(report);
    expect(sent).toHaveLength(16);
    for (const typed of ['a', '\x1b', '\x1b[A', '\x1bOP', '\x1b[15~', '\x03']) gate.take(typed);
    expect(sent.slice(16)).toEqual(['a', '\x1b', '\x1b[A', '\x1bOP', '\x1b[15~', '\x03']);
    read();
    // Two turns of the queue: the promise, and what comes after it.
    await reading;
    await reading;
    gate.take(report);
    expect(sent).toHaveLength(23);
  },
);

it('makes writes smaller while they take long, within bounds, and larger again', () => {
  const piece = new PieceSize();
  piece.wrote(100);
  expect(piece.bytes).toBe(8192);
  for (let k = 0; k < 20; k++) piece.wrote(100);
  expect(piece.bytes).toBe(256);
  for (let k = 0; k < 20; k++) piece.wrote(1);
  expect(piece.bytes).toBe(16 * 1024);
});

it.each(['S', 'T', 'L', 'M'])(
  'the page has its turns while lines are moved by the thousand: %s',
  async (final) => {
    // xterm looks for both when it is loaded; without a page it has a buffer and no picture.
    vi.stubGlobal('window', globalThis);
    vi.stubGlobal('self', globalThis);
    const { Terminal } = await import('@xterm/xterm');
    const terminal = new Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    refuseLongRepeats(terminal);
    let [turns, written] = [0, false];
    // The first sequence begins the count.
    terminal.parser.registerCsiHandler({ final: 'y' }, () => {
      turns = 0;
      return true;
    });
    terminal.write(`\x1b[y${`\x1b[1000${final}`.repeat(40)}\x1b[1001S\x1b[Hend`, () => (written = true));
    for (; !written; turns += 1) await new Promise((turn) => setTimeout(turn));
    expect(turns).toBeGreaterThan(10);
    expect(terminal.buffer.active.getLine(terminal.buffer.active.baseY)?.translateToString(true)).toBe('end');
    terminal.dispose();
    vi.unstubAllGlobals();
  },
);
