import { useRef } from 'react';
import { useFrame } from '../kit/frame-loop.ts';

/** Text of a cell; `mark` goes into its `data-mark`, for the style sheet. */
export type LiveCell = string | { readonly text: string; readonly mark: string };
export interface LiveRow {
  readonly cells: readonly LiveCell[];
  readonly mark?: string;
}

/** Machine's speed for people: ten times a second. */
export const LIVE_EVERY = 100;

/**
 * Rows of text that follow the machine, written into their nodes past React. `shape` says how many cells each row has;
 * a row of which `read` gives null is hidden.
 */
export function LiveRows(props: {
  readonly label: string;
  readonly className: string;
  readonly testId?: string;
  /** Long lines scroll sideways, with the keyboard too. */
  readonly scrolls?: boolean;
  readonly shape: readonly number[];
  readonly read: (row: number) => LiveRow | null;
}) {
  const list = useRef<HTMLOListElement>(null);
  useFrame(LIVE_EVERY, () => {
    const rows = list.current?.children ?? [];
    for (const [index, row] of [...rows].entries()) {
      const read = props.read(index);
      if (row instanceof HTMLElement) show(row, read);
    }
  });
  return (
    <ol
      ref={list}
      className={props.className}
      aria-label={props.label}
      data-testid={props.testId}
      tabIndex={props.scrolls ? 0 : undefined}
    >
      {props.shape.map((cells, row) => (
        <li key={row} hidden>
          {Array.from({ length: cells }, (_, cell) => (
            <span key={cell} />
          ))}
        </li>
      ))}
    </ol>
  );
}

function show(row: HTMLElement, read: LiveRow | null): void {
  if (row.hidden !== (read === null)) row.hidden = read === null;
  if (!read) return;
  if ((row.dataset['mark'] ?? '') !== (read.mark ?? '')) row.dataset['mark'] = read.mark ?? '';
  for (const [index, cell] of read.cells.entries()) {
    const node = row.children[index];
    if (!(node instanceof HTMLElement)) continue;
    const text = typeof cell === 'string' ? cell : cell.text;
    if (node.textContent !== text) node.textContent = text;
    const mark = typeof cell === 'string' ? '' : cell.mark;
    if ((node.dataset['mark'] ?? '') !== mark) node.dataset['mark'] = mark;
  }
}

/** The text of the rows, a line each, as it is copied. */
export function linesOf(rows: number, read: (row: number) => LiveRow | null): string {
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    const cells = read(row)?.cells.map((cell) => (typeof cell === 'string' ? cell : cell.text));
    if (cells) lines.push(cells.filter(Boolean).join('  '));
  }
  return lines.join('\n');
}
