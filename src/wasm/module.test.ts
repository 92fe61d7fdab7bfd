import { describe, expect, it } from 'vitest';
import { ByteWriter } from './bytes.ts';
import { CodeBuilder } from './code.ts';
import { ModuleBuilder } from './module.ts';

function instantiate(
  shared: boolean,
  build: (code: CodeBuilder, log: number) => void,
): { f: (x: number) => number; view: DataView; logged: bigint[] } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', { shared, initial: 1, maximum: 1 });
  const log = module.importFunction('env', 'log', ['i64'], []);
  const f = module.declare(['i32'], ['i32']);
  const code = new CodeBuilder(1);
  build(code, log);
  module.define(f, code);
  module.exportFunction('f', f);
  const logged: bigint[] = [];
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), {
    env: { memory, log: (value: bigint) => void logged.push(value) },
  });
  return { f: instance.exports['f'] as (x: number) => number, view: new DataView(memory.buffer), logged };
}

describe('ByteWriter', () => {
  it('encodes LEB128 as the specification shows', () => {
    const bytes = (write: (w: ByteWriter) => void): number[] => {
      const writer = new ByteWriter();
      write(writer);
      return [...writer.finish()];
    };
    expect(bytes((w) => w.u32(624485))).toEqual([0xe5, 0x8e, 0x26]);
    expect(bytes((w) => w.s32(-123456))).toEqual([0xc0, 0xbb, 0x78]);
    expect(bytes((w) => w.s32(64))).toEqual([0xc0, 0x00]);
    expect(bytes((w) => w.s32(0xffff_ffff))).toEqual([0x7f]);
    expect(bytes((w) => w.u32(0xffff_ffff))).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(bytes((w) => w.s64(-(1n << 63n)))).toEqual([...Array<number>(9).fill(0x80), 0x7f]);
    expect(bytes((w) => w.s64((1n << 64n) - 1n))).toEqual([0x7f]);
  });
});

describe.each([false, true])('ModuleBuilder (shared memory: %s)', (shared) => {
  it('makes loops, branches and locals that run', () => {
    const { f } = instantiate(shared, (c) => {
      const sum = c.local('i32');
      const done = c.block();
      const again = c.loop();
      c.get(0);
      c.op('i32.eqz');
      c.brIf(done);
      c.get(sum);
      c.get(0);
      c.op('i32.add');
      c.set(sum);
      c.get(0);
      c.i32(1);
      c.op('i32.sub');
      c.set(0);
      c.br(again);
      c.end();
      c.end();
      c.get(sum);
    });
    expect(f(100)).toBe(5050);
  });

  it('makes br_table, if with a result, and calls of imports', () => {
    const { f, logged } = instantiate(shared, (c, log) => {
      const other = c.block();
      const one = c.block();
      const zero = c.block();
      c.get(0);
      c.brTable([zero, one], other);
      c.end();
      c.i32(100);
      c.op('return');
      c.end();
      c.i64(-1);
      c.call(log);
      c.i32(101);
      c.op('return');
      c.end();
      c.get(0);
      c.i32(7);
      c.op('i32.eq');
      c.if('i32');
      c.i32(107);
      c.else();
      c.i32(-1);
      c.end();
    });
    expect([0, 1, 7, 8].map((x) => f(x))).toEqual([100, 101, 107, -1]);
    expect(logged).toEqual([-1n]);
  });

  it('reads and writes memory, plain, atomic and in bulk', () => {
    const { f, view } = instantiate(shared, (c) => {
      c.i32(16);
      c.i32(0xab);
      c.i32(8);
      c.memoryFill();
      c.atomicFence();
      c.get(0);
      c.i64(0x1122_3344_5566_7788n);
      c.mem('i64.store', 8);
      c.get(0);
      c.i32(1);
      c.atomic('i32.atomic.rmw.add', 8);
    });
    view.setUint8(24, 0xcd);
    expect(f(32)).toBe(0x5566_7788);
    expect(view.getBigUint64(40, true)).toBe(0x1122_3344_5566_7789n);
    expect(view.getBigUint64(16, true)).toBe(0xabab_abab_abab_ababn);
    expect(view.getUint8(24)).toBe(0xcd);
  });
});
