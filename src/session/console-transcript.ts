/** What a kernel's console has said, as text, and how far the expectations of a scenario have read. */

/** Characters kept behind the cursor, so that a failure can show them; older ones go. */
const KEPT = 64 * 1024;

export class ConsoleTranscript {
  private readonly decoder = new TextDecoder();
  private text = '';
  /** Index in `text` after the last match. */
  private cursor = 0;
  /** Length of `text` at the last search that found nothing, or −1: the next search is worth its time. */
  private searched = -1;

  /** Adds output. Carriage returns are dropped: a pattern is about lines, not about how a terminal ends them. */
  add(bytes: Uint8Array): void {
    this.text += this.decoder.decode(bytes, { stream: true }).replaceAll('\r', '');
    this.searched = -1;
    const over = this.cursor - KEPT;
    if (over < KEPT) return;
    this.text = this.text.slice(over);
    this.cursor -= over;
  }

  /**
   * The next match after the previous one, as the matched text and the groups of the pattern; null when there is none
   * yet. A match moves the cursor behind itself. With `settled`, a match that ends where the text ends is not taken:
   * the rest of a number may be on its way.
   */
  take(match: string | RegExp, settled = false): readonly string[] | null {
    if (this.searched === this.text.length) return null;
    const found = typeof match === 'string' ? this.find(match) : this.search(match);
    if (found === null || (settled && found.end === this.text.length)) {
      this.searched = this.text.length;
      return null;
    }
    this.cursor = found.end;
    this.searched = -1;
    return found.groups;
  }

  /** The next search is for something else. */
  begin(): void {
    this.searched = -1;
  }

  /** The last `count` lines, without empty ones at the end. */
  lastLines(count: number): string[] {
    return this.text.trimEnd().split('\n').slice(-count);
  }

  private find(text: string): { end: number; groups: readonly string[] } | null {
    const at = this.text.indexOf(text, this.cursor);
    return at < 0 ? null : { end: at + text.length, groups: [text] };
  }

  private search(pattern: RegExp): { end: number; groups: readonly string[] } | null {
    const from = new RegExp(pattern.source, `${pattern.flags.replaceAll('g', '')}g`);
    from.lastIndex = this.cursor;
    const match = from.exec(this.text);
    return match === null ? null : { end: match.index + match[0].length, groups: [...match] };
  }
}
