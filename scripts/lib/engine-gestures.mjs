/** Gestures in the words that WebDriver and WebDriver BiDi share. */

/**
 * A browser under remote control.
 * @typedef {object} EngineBrowser
 * @property {(url: string) => Promise<unknown>} open
 * @property {(expression: string) => Promise<any>} evaluate  in the page; a promise is waited for. A string, number,
 *   boolean or null
 * @property {(actions: object[]) => Promise<unknown>} act
 * @property {() => Promise<void>} close
 */

/** @typedef {{ x: number, y: number }} Point  CSS pixels of the viewport */

/** Steps of a drag between its ends, and milliseconds of each. */
const STEPS = 8;
const STEP_MS = 40;

/** @param {readonly object[]} actions */
const mouse = (actions) => [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }];
/** @param {Point} to @param {number} [duration] */
const move = ({ x, y }, duration = 0) => ({
  type: 'pointerMove',
  x: Math.round(x),
  y: Math.round(y),
  duration,
});
const down = { type: 'pointerDown', button: 0 };
const up = { type: 'pointerUp', button: 0 };

/** @param {Point} at */
export const click = (at) => mouse([move(at), down, up]);

/** @param {Point} from @param {Point} to */
export const drag = (from, to) => {
  const way = Array.from({ length: STEPS }, (_, step) => {
    const part = (step + 1) / STEPS;
    return move({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }, STEP_MS);
  });
  return mouse([move(from), down, ...way, { type: 'pause', duration: STEP_MS }, up]);
};

/** @param {string} text  `\uE007` is Enter */
export const type = (text) => [
  {
    type: 'key',
    id: 'keyboard',
    actions: [...text].flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]),
  },
];
