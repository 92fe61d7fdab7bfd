import { expect, it } from 'vitest';
import { sequenceDiagram, type DiagramEvent } from './trace-diagram.ts';

const drawn = (...lines: string[]): string[] =>
  sequenceDiagram({
    events: lines.map((line): DiagramEvent => ({ kind: 'command', line })),
    names: new Map(),
    detail: 'messages',
    before: [],
  })
    .split('\n')
    .filter((line) => line.includes('->>'));

it('draws three or more of the same in a row as one, and says how many', () => {
  expect(drawn('show', 'show', 'show', 'help', 'show')).toEqual([
    '  you->>controller: show, 3 times',
    '  you->>controller: help',
    '  you->>controller: show',
  ]);
});

it('draws two of the same as two', () => {
  expect(drawn('show', 'show')).toEqual(['  you->>controller: show', '  you->>controller: show']);
});
