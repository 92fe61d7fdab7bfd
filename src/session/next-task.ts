/** How a thread that computes for long lets others have their turn: messages, timers, input and output. */

/** Node's; where it is missing, a posted message comes back after those that wait already. */
const immediate = (globalThis as { readonly setImmediate?: (callback: () => void) => unknown }).setImmediate;

/**
 * Resolves in a later task of the event loop, as soon as others had theirs: every promise job that was waiting has run by
 * then, with all that it set going. Not a timer, which browsers hold back for 4 ms and more.
 */
export function nextTask(): Promise<void> {
  return new Promise((settle) => {
    // Node may handle a thousand posted messages before it looks at its timers; its immediates come one round each.
    if (immediate) {
      immediate(settle);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      settle();
    };
    port2.postMessage(0);
  });
}
