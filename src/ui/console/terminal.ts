/**
 * One kernel's terminal: xterm, fed once a frame from its console feed. One write is under way at a time and of bounded
 * size, so a guest that prints without end costs a frame no more than a guest that prints a page.
 */
import { FitAddon } from '@xterm/addon-fit';
import type { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import type { ConsoleFeed } from '../../store/console-feed.ts';
import { onFrame } from '../kit/frame-loop.ts';
import { text } from '../text.ts';
import { terminalFontSize, terminalTheme } from './terminal-look.ts';
import { InputGate, PieceSize, refuseLongRepeats } from './terminal-guard.ts';
import { WayOut, type WayOutHint } from './way-out.ts';

const SCROLLBACK = 5000;

export interface KernelTerminalOptions {
  readonly host: HTMLElement;
  readonly name: string;
  readonly feed: ConsoleFeed;
  /** Fulfilled when the kernel has read it, or does not read. */
  readonly onTyped: (text: string) => Promise<unknown>;
  /** Ctrl F, or ⌘ F. */
  readonly onSearch: () => void;
  /** ID of the element that tells how the keyboard gets out. */
  readonly describedBy: string;
  readonly onWayOut: (hint: WayOutHint) => void;
}

export class KernelTerminal {
  readonly terminal: Terminal;
  private readonly fitting = new FitAddon();
  private readonly observer: ResizeObserver;
  private readonly options: KernelTerminalOptions;
  private stopFrames: (() => void) | null = null;
  private readonly piece = new PieceSize();
  private writing = false;
  private searching: Promise<SearchAddon> | null = null;

  constructor(options: KernelTerminalOptions) {
    this.options = options;
    const { host, name } = options;
    this.terminal = new Terminal({
      scrollback: SCROLLBACK,
      fontFamily: getComputedStyle(host).getPropertyValue('--mono'),
      fontSize: terminalFontSize(host.clientWidth),
      theme: terminalTheme(host),
      minimumContrastRatio: 4.7,
      cursorStyle: 'bar',
      cursorInactiveStyle: 'outline',
      // A guest's hyperlinks lead nowhere: what a kernel prints must not open pages.
      linkHandler: { activate: () => undefined },
      // It would report a kernel's broken sequences as errors of the page.
      logLevel: 'off',
    });
    refuseLongRepeats(this.terminal);
    this.terminal.loadAddon(this.fitting);
    this.terminal.open(host);
    const wayOut = new WayOut(options.onWayOut);
    const { textarea } = this.terminal;
    textarea?.setAttribute('aria-label', text.console.input(name));
    textarea?.setAttribute('aria-describedby', options.describedBy);
    textarea?.addEventListener('blur', () => wayOut.left());
    const gate = new InputGate(options.onTyped);
    this.terminal.onData((data) => gate.take(data));
    this.terminal.attachCustomKeyEventHandler((event) => {
      if (event.type !== 'keydown') return true;
      if (wayOut.keyDown(event) === 'leave') return false;
      if (event.key !== 'f' || !(event.ctrlKey || event.metaKey)) return true;
      event.preventDefault();
      options.onSearch();
      return false;
    });
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(host);
    this.fit();
    options.feed.onData(() => this.wake());
  }

  /** Follows a change of theme, and of the size of type. */
  restyle(): void {
    this.terminal.options.theme = terminalTheme(this.options.host);
    this.fit();
  }

  setScreenReader(on: boolean): void {
    this.terminal.options.screenReaderMode = on;
  }

  /** What searches in the buffer; loaded when it is first asked for. */
  search(): Promise<SearchAddon> {
    this.searching ??= import('@xterm/addon-search').then((loaded) => {
      const addon = new loaded.SearchAddon();
      this.terminal.loadAddon(addon);
      return addon;
    });
    return this.searching;
  }

  /** Everything in the buffer, lines joined where they were wrapped. */
  text(): string {
    const buffer = this.terminal.buffer.active;
    const lines: string[] = [];
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row);
      if (!line) continue;
      const wrapped = buffer.getLine(row + 1)?.isWrapped === true;
      const content = line.translateToString(!wrapped);
      const begun = line.isWrapped ? lines.pop() : undefined;
      lines.push((begun ?? '') + content);
    }
    return lines.join('\n').trimEnd();
  }

  dispose(): void {
    this.options.feed.onData(null);
    this.stopFrames?.();
    this.observer.disconnect();
    this.terminal.dispose();
  }

  private fit(): void {
    const { host } = this.options;
    if (host.clientWidth === 0 || host.clientHeight === 0) return;
    this.terminal.options.fontSize = terminalFontSize(host.clientWidth - 20);
    this.fitting.fit();
  }

  private wake(): void {
    this.stopFrames ??= onFrame(() => this.pump());
  }

  private pump(): void {
    if (this.writing) return;
    const { feed } = this.options;
    const dropped = feed.takeDropped();
    const bytes = feed.take(this.piece.bytes);
    if (bytes.length === 0) {
      this.stopFrames?.();
      this.stopFrames = null;
      return;
    }
    this.writing = true;
    const from = performance.now();
    // CAN ends an escape sequence that lost its end among the dropped bytes.
    if (dropped > 0) this.terminal.write(`\x18\x1b[0m\r\n${text.console.skipped(dropped)}\r\n`);
    this.terminal.write(bytes, () => {
      this.writing = false;
      this.piece.wrote(performance.now() - from);
    });
  }
}
