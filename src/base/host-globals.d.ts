/**
 * What every host of the core gives alike (page, worker, Node) beside the language itself, for compilation without the
 * DOM library. Only what is used.
 */
declare const performance: { readonly timeOrigin: number; now(): number };
declare function setTimeout(callback: () => void, ms: number): number;
declare function clearTimeout(timer: number): void;
declare function setInterval(callback: () => void, ms: number): number;
declare function clearInterval(timer: number): void;
/** Of a page and its workers; Node has no such thing. */
declare var crossOriginIsolated: boolean;
declare class MessageChannel {
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}
interface MessagePort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}
declare const crypto: {
  /** At most 65536 bytes at a time, and none of a SharedArrayBuffer. */
  getRandomValues(into: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  readonly subtle: { digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer> };
};
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string;
}
