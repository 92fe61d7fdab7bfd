import { assert } from '../base/assert.ts';
import { ByteWriter } from './bytes.ts';
import type { CodeBuilder } from './code.ts';
import { VALUE_TYPE } from './opcodes.ts';
import type { ValueType } from './opcodes.ts';

/** Size in pages of 64 KiB; an import must match the memory in `shared` and be within its limits. */
export interface MemoryType {
  readonly shared: boolean;
  readonly initial: number;
  readonly maximum: number;
}

interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/**
 * Assembles a module in the binary format (section 5.5). Imports must be declared before the first function, because
 * imported functions take the first indices.
 */
export class ModuleBuilder {
  private readonly types: Signature[] = [];
  private readonly imports: { module: string; name: string; type: number }[] = [];
  private memory: { module: string; name: string; type: MemoryType } | undefined;
  private readonly functions: { type: number; code: CodeBuilder | undefined }[] = [];
  private readonly exports: { name: string; index: number }[] = [];

  importMemory(module: string, name: string, type: MemoryType): void {
    assert(this.memory === undefined, 'a module has one memory');
    this.memory = { module, name, type };
  }

  /** Returns the function's index. */
  importFunction(module: string, name: string, parameters: ValueType[], results: ValueType[]): number {
    assert(this.functions.length === 0, 'imports come before functions');
    this.imports.push({ module, name, type: this.typeIndex({ parameters, results }) });
    return this.imports.length - 1;
  }

  /** Declares a function, whose body is given later by `define`, and returns its index. */
  declare(parameters: ValueType[], results: ValueType[]): number {
    this.functions.push({ type: this.typeIndex({ parameters, results }), code: undefined });
    return this.imports.length + this.functions.length - 1;
  }

  define(index: number, code: CodeBuilder): void {
    const entry = this.functions[index - this.imports.length];
    assert(entry !== undefined && entry.code === undefined, 'function not declared, or defined twice');
    entry.code = code;
  }

  exportFunction(name: string, index: number): void {
    this.exports.push({ name, index });
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter();
    for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.byte(byte);

    section(out, 1, this.types, (to, { parameters, results }) => {
      to.byte(0x60);
      for (const list of [parameters, results]) {
        to.u32(list.length);
        for (const type of list) to.byte(VALUE_TYPE[type]);
      }
    });

    type Import = (to: ByteWriter) => void;
    const imports = this.imports.map(({ module, name, type }): Import => (to) => {
      to.name(module);
      to.name(name);
      to.byte(0x00);
      to.u32(type);
    });
    const memory = this.memory;
    if (memory) {
      imports.push((to) => {
        to.name(memory.module);
        to.name(memory.name);
        to.byte(0x02);
        to.byte(memory.type.shared ? 0x03 : 0x01);
        to.u32(memory.type.initial);
        to.u32(memory.type.maximum);
      });
    }
    section(out, 2, imports, (to, write) => write(to));

    section(out, 3, this.functions, (to, { type }) => to.u32(type));

    section(out, 7, this.exports, (to, { name, index }) => {
      to.name(name);
      to.byte(0x00);
      to.u32(index);
    });

    section(out, 10, this.functions, (to, { code }) => {
      assert(code !== undefined, 'a declared function has no body');
      const body = code.finish();
      to.u32(body.length);
      to.append(body);
    });
    return out.finish();
  }

  private typeIndex(signature: Signature): number {
    const same = (a: readonly ValueType[], b: readonly ValueType[]): boolean => a.join() === b.join();
    const known = this.types.findIndex(
      (type) => same(type.parameters, signature.parameters) && same(type.results, signature.results),
    );
    return known >= 0 ? known : this.types.push(signature) - 1;
  }
}

/** Writes one section: a vector of `items`. Empty sections are left out. */
function section<Item>(
  out: ByteWriter,
  id: number,
  items: readonly Item[],
  write: (to: ByteWriter, item: Item) => void,
): void {
  if (items.length === 0) return;
  const content = new ByteWriter();
  content.u32(items.length);
  for (const item of items) write(content, item);
  out.byte(id);
  out.u32(content.length);
  out.append(content);
}
