/**
 * What a kernel's console has said, as text, and how far the expectations of a scenario have read. Memory and the work of
 * a look are bounded: a pattern may span no more than REACH characters, and text that nobody has read for UNREAD characters
 * is dropped and counted.
 */

/** Characters kept behind the cursor, so that a failure can show them; older ones go. */
const BEHIND = 16 * 1024;
/** Characters kept in front of the cursor for expectations to come; the oldest of more are skipped. */
const UNREAD = 256 * 1024;
/** Text is moved when so much of it can go, so that each character is moved a few times at most. */
const TRIM = 64 * 1024;
/** Longest match of a pattern, in characters: so far back a look begins in text that an earlier look has seen. */
const REACH = 4 * 1024;

export class ConsoleTranscript {
  /** Characters that were skipped before any expectation took something behind them. */
  dropped = 0;
  private readonly decoder = new TextDecoder();
  private text = '';
  /** Characters that stood before `text`, and are kept no more. */
  private forgotten = 0;
  /** Index in `text` after the last match. */
  private cursor = 0;
  /** Index in `text` before which no match begins, as far as the present search has looked. */
  private from = 0;
  /** Length of `text` at the last search that found nothing, or −1: the next search is worth its time. */
  private searched = -1;

  /** Adds output. Carriage returns are dropped: a pattern is about lines, not about how a terminal ends them. */
  add(bytes: Uint8Array): void {
    this.text += this.decoder.decode(bytes, { stream: true }).replaceAll('\r', '');
    this.searched = -1;
    const skipped = this.text.length - this.cursor - UNREAD;
    if (skipped > TRIM) {
      this.dropped += skipped;
      this.cursor += skipped;
    }
    const over = this.cursor - BEHIND;
    if (over > TRIM) this.forget(over);
  }

  /**
   * The next match after the previous one, as the matched text and the groups of the pattern; null when there is none
   * yet. A match moves the cursor behind itself. With `settled`, a match that ends where the text ends is not taken:
   * the rest of a number may be on its way.
   */
  take(match: string | RegExp, settled = false): readonly string[] | null {
    if (this.searched === this.text.length) return null;
    const from = Math.max(this.cursor, this.from);
    const found = typeof match === 'string' ? this.find(match, from) : this.search(match, from);
    if (found === null || (settled && found.end === this.text.length)) {
      this.searched = this.text.length;
      const reach = typeof match === 'string' ? match.length : REACH;
      this.from = found?.start ?? this.lineStart(this.text.length - reach);
      return null;
    }
    this.cursor = found.end;
    this.begin();
    return found.groups;
  }

  /** The next search is for something else. */
  begin(): void {
    this.searched = -1;
    this.from = this.cursor;
  }

  /** The place behind the previous match, for `goTo`. */
  place(): number {
    return this.forgotten + this.cursor;
  }

  /** The next match is sought from a place on, or from the first text behind it that is kept; left out: behind all that was said. */
  goTo(place = Infinity): void {
    this.cursor = Math.max(0, Math.min(place - this.forgotten, this.text.length));
    this.begin();
  }

  /** The last `count` lines, without empty ones at the end. */
  lastLines(count: number): string[] {
    return this.text.trimEnd().split('\n').slice(-count);
  }

  private forget(count: number): void {
    this.text = this.text.slice(count);
    this.forgotten += count;
    this.cursor -= count;
    this.from = Math.max(0, this.from - count);
  }

  /** Where the line of the character at `at` begins, but no further back than REACH. */
  private lineStart(at: number): number {
    const back = Math.max(0, at - REACH);
    return back + this.text.slice(back, Math.max(0, at)).lastIndexOf('\n') + 1;
  }

  private find(text: string, from: number): Match | null {
    const start = this.text.indexOf(text, from);
    return start < 0 ? null : { start, end: start + text.length, groups: [text] };
  }

  private search(pattern: RegExp, from: number): Match | null {
    const sought = new RegExp(pattern.source, `${pattern.flags.replaceAll('g', '')}g`);
    sought.lastIndex = from;
    const match = sought.exec(this.text);
    if (match === null) return null;
    return { start: match.index, end: match.index + match[0].length, groups: [...match] };
  }
}

interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly string[];
}
