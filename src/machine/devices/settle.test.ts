import { describe, expect, it } from 'vitest';
import { SERVICES, settle } from './settle.ts';

describe('settle', () => {
  it('computes again when another thread has changed something meanwhile, which does not wait', () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const computed: string[] = [];
    settle(words, 0, 0, () => {
      computed.push('hart 0');
      // What hart 1 does in the middle of it: it finds the pair held and leaves.
      if (computed.length === 1) settle(words, 0, 1, () => computed.push('hart 1'));
    });
    expect(computed).toEqual(['hart 0', 'hart 0']);
    settle(words, 0, SERVICES, () => computed.push('services'));
    expect(computed).toEqual(['hart 0', 'hart 0', 'services']);
  });
});
