/** What an ended kernel left, as lines of a terminal. */
import type { LastWords } from '../protocol/last-words.ts';

/** Lines of the console, and places of each stack, that are shown. */
const CONSOLE_LINES = 12;
const STACK_PLACES = 12;

const HEADING = {
  frames: 'called from (by frame pointers)',
  scan: 'possible return addresses (found on the stack, some may be of calls that have returned)',
} as const;

export function lastWordsLines(name: string, words: LastWords): string[] {
  const said = words.consoleTail.trimEnd().split('\n').slice(-CONSOLE_LINES);
  return [
    `last words of ${name}, boot ${words.bootId}: ${words.reason}`,
    ...said.map((line) => `  | ${line}`),
    ...words.harts.flatMap(({ hart, pc, stack, stackFrom }) => [
      `  hart ${hart} stopped at ${place(pc)}`,
      ...(stack.length > 0 ? [`    ${HEADING[stackFrom]}:`] : []),
      ...stack.slice(0, STACK_PLACES).map((at) => `    ${place(at)}`),
    ]),
  ];
}

const place = ({ address, symbol }: LastWords['harts'][number]['pc']): string =>
  symbol === null ? address : `${address}  ${symbol}`;
