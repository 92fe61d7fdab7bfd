/** The keys of the timeline. */
export type TimelineAction =
  | 'toggle'
  | 'zoom-in'
  | 'zoom-out'
  | 'left'
  | 'right'
  | 'focus'
  | 'next'
  | 'previous'
  | 'pin'
  | 'live'
  | 'lane-up'
  | 'lane-down'
  | 'select';

interface Row {
  readonly keys: readonly string[];
  readonly action: TimelineAction;
  /** Where it works: anywhere on the page, there while the timeline is open, or with the focus on its picture. */
  readonly where: 'page' | 'open' | 'picture';
}

const ROWS: readonly Row[] = [
  { keys: ['t', 'T'], action: 'toggle', where: 'page' },
  { keys: ['w', 'W'], action: 'zoom-in', where: 'open' },
  { keys: ['s', 'S'], action: 'zoom-out', where: 'open' },
  { keys: ['a', 'A'], action: 'left', where: 'open' },
  { keys: ['d', 'D'], action: 'right', where: 'open' },
  { keys: ['f', 'F'], action: 'focus', where: 'open' },
  { keys: ['.', '>'], action: 'next', where: 'open' },
  { keys: [',', '<'], action: 'previous', where: 'open' },
  { keys: ['m', 'M'], action: 'pin', where: 'open' },
  { keys: ['l', 'L'], action: 'live', where: 'open' },
  { keys: ['+', '='], action: 'zoom-in', where: 'picture' },
  { keys: ['-', '_'], action: 'zoom-out', where: 'picture' },
  { keys: ['ArrowLeft'], action: 'left', where: 'picture' },
  { keys: ['ArrowRight'], action: 'right', where: 'picture' },
  { keys: ['ArrowUp'], action: 'lane-up', where: 'picture' },
  { keys: ['ArrowDown'], action: 'lane-down', where: 'picture' },
  { keys: ['Enter'], action: 'select', where: 'picture' },
];

/** What a key does, if anything. `focused`: the timeline's picture has the focus. */
export function timelineAction(key: string, open: boolean, focused: boolean): TimelineAction | undefined {
  const works = { page: true, open, picture: open && focused };
  return ROWS.find((row) => works[row.where] && row.keys.includes(key))?.action;
}
