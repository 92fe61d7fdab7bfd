/**
 * What a kernel may not do to the terminal it prints on. xterm obeys a repeat count of a sequence as it is given, so that a
 * dozen bytes keep the page busy for minutes or ask for gigabytes; and it answers queries, which a kernel may send without
 * end and never read the answers.
 */
import type { Terminal } from '@xterm/xterm';

/** More lines, columns and tab stops than a terminal has: a larger count means nothing more. */
const MOST_REPEATS = 1000;
/** Final bytes of control sequences that xterm carries out once for each count. REP (b) allocates by it. */
const REPEATED = ['I', 'L', 'M', 'S', 'T', 'Z', 'b'];
/** Those among them that move lines, which takes microseconds for each. */
const LINE_MOVING = ['L', 'M', 'S', 'T'];
/** Lines that are moved between two tasks of the page: some milliseconds. */
const MOST_LINES = 2000;
/** Answers of a terminal that wait for a kernel to read them. A program asks a few things at once at most. */
const MOST_ANSWERS = 16;
/** Bytes given to the terminal at a time. */
const LARGEST_PIECE = 16 * 1024;
const SMALLEST_PIECE = 256;
/** Milliseconds from a write to its end, from which on it was too large: with two frames the page is fluent yet. */
const LONG_WRITE = 32;

/**
 * Leaves out sequences with a count that is beyond any terminal, and lets the page have a turn when those that are carried
 * out have moved many lines: the bytes of one write may ask for millions.
 */
export function refuseLongRepeats(terminal: Terminal): void {
  let moved = 0;
  for (const final of REPEATED)
    terminal.parser.registerCsiHandler({ final }, (params) => {
      const count = Number(params[0]);
      if (count > MOST_REPEATS) return true;
      if (!LINE_MOVING.includes(final)) return false;
      moved += count;
      if (moved <= MOST_LINES) return false;
      moved = count;
      // The terminal waits for it. False: it carries the sequence out.
      return new Promise((resolve) => setTimeout(() => resolve(false)));
    });
}

/** Reports of status, attributes, modes, and colours, behind ESC: [ … c, n, R, $y or t, P … and ] …. */
const ANSWER = /^(?:\[[?>]?[\d;]*(?:\$y|[cnRt])$|[P\]])/;
const isAnswer = (text: string): boolean => text.startsWith('\x1b') && ANSWER.test(text.slice(1));

/** Passes on what is typed, and of the terminal's own answers no more than a kernel reads. */
export class InputGate {
  private answers = 0;
  private readonly send: (text: string) => Promise<unknown>;

  /** @param send fulfilled when the kernel has read the text, or does not read */
  constructor(send: (text: string) => Promise<unknown>) {
    this.send = send;
  }

  take(text: string): void {
    if (!isAnswer(text)) {
      void this.send(text);
      return;
    }
    if (this.answers === MOST_ANSWERS) return;
    this.answers += 1;
    void this.send(text).finally(() => (this.answers -= 1));
  }
}

/** How many bytes the next write may have, so that bytes which are dear to carry out hold up no frame for long. */
export class PieceSize {
  bytes = LARGEST_PIECE;

  /** @param took milliseconds that the last write took */
  wrote(took: number): void {
    const next = took > LONG_WRITE ? this.bytes / 2 : this.bytes * 2;
    this.bytes = Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, next));
  }
}
