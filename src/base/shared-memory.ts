/** Where the platform has shared memory: a page has it only when it is cross-origin isolated, and a worker as its page. */

/** Node has no such word, and shares memory. */
const isCutOff = (): boolean => 'crossOriginIsolated' in globalThis && !crossOriginIsolated;

/** Whether memory can be shared with other threads, that is, be made shared and be sent. */
export const canShareMemory = (): boolean => typeof SharedArrayBuffer === 'function' && !isCutOff();

export const isShared = (memory: WebAssembly.Memory): boolean =>
  typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer;
