/** Typed values of properties in device tree source that a user wrote: every refusal names file and line. */
import { ok, refuse, type Result } from '../base/result.ts';
import type { SourceNode, SourceProperty } from '../machine/device-tree/parse-source.ts';

/** Where a piece of source stands, for refusals. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

export const placeWords = ({ file, line }: SourcePlace): string => `${file}, line ${line}`;

export function refuseAt(place: SourcePlace, code: string, reason: string, hint: string): Result<never> {
  return refuse(code, `${placeWords(place)}: ${reason}`, hint);
}

/** A node whose properties and children are read by name, and which has no others. */
export class SourceReader {
  readonly node: SourceNode;
  readonly #file: string;

  constructor(node: SourceNode, file: string) {
    this.node = node;
    this.#file = file;
  }

  get place(): SourcePlace {
    return { file: this.#file, line: this.node.line };
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  child(name: string): SourceReader | null {
    const child = this.node.children.find((each) => each.name === name);
    return child ? new SourceReader(child, this.#file) : null;
  }

  children(): SourceReader[] {
    return this.node.children.map((child) => new SourceReader(child, this.#file));
  }

  /** Refused with the first name that is not in `names`; a name `memory@` stands for any unit address. */
  onlyKnows(names: readonly string[], known: string): Result<null> {
    const all = [...this.node.properties, ...this.node.children];
    const strange = all.find(
      ({ name }) => !names.some((each) => (each.endsWith('@') ? name.startsWith(each) : name === each)),
    );
    if (!strange) return ok(null);
    return refuseAt(
      { file: this.#file, line: strange.line },
      'dts-unknown-name',
      `${strange.name} is nothing that ${this.node.name === '' ? 'the root' : this.node.name} may have`,
      `it may have ${known}`,
    );
  }

  /** One string, not empty. */
  string(name: string): Result<string> {
    const texts = this.strings(name);
    if (!texts.ok) return texts;
    const [text, ...more] = texts.value;
    if (text === undefined || text === '' || more.length > 0) return this.#wrong(name, 'one string');
    return ok(text);
  }

  /** Strings; none for an empty property. */
  strings(name: string): Result<string[]> {
    const property = this.#find(name);
    if (!property) return this.#missing(name);
    if (property.value.length === 0) return ok([]);
    if (property.value.at(-1) !== 0) return this.#wrong(name, 'strings');
    return ok(new TextDecoder().decode(property.value.subarray(0, -1)).split('\0'));
  }

  /** Numbers of one cell each. */
  cells(name: string): Result<number[]> {
    const property = this.#find(name);
    if (!property) return this.#missing(name);
    const view = viewOf(property);
    if (view.byteLength % 4 !== 0) return this.#wrong(name, 'whole cells');
    return ok(Array.from({ length: view.byteLength / 4 }, (_, index) => view.getUint32(index * 4)));
  }

  /** One number, of one cell or two. */
  number(name: string): Result<number> {
    const property = this.#find(name);
    if (!property) return this.#missing(name);
    const view = viewOf(property);
    if (view.byteLength === 4) return ok(view.getUint32(0));
    const number = view.byteLength === 8 ? Number(view.getBigUint64(0)) : NaN;
    return Number.isSafeInteger(number) ? ok(number) : this.#wrong(name, 'one number of one cell or two');
  }

  /** `reg` with an address and a size of two cells each. */
  range(): Result<{ base: number; size: number }> {
    const words = this.cells('reg');
    if (!words.ok) return words;
    const [a, b, c, d, ...more] = words.value;
    if (a === undefined || b === undefined || c === undefined || d === undefined || more.length > 0)
      return this.#wrong('reg', 'an address and a size of two cells each');
    return ok({ base: a * 2 ** 32 + b, size: c * 2 ** 32 + d });
  }

  #find(name: string): SourceProperty | undefined {
    return this.node.properties.find((property) => property.name === name);
  }

  #missing(name: string): Result<never> {
    const who = this.node.name === '' ? 'the root' : this.node.name;
    return refuseAt(this.place, 'dts-missing', `${who} has no ${name}`, `write ${name} = …; into it`);
  }

  #wrong(name: string, wanted: string): Result<never> {
    const line = this.#find(name)?.line ?? this.node.line;
    return refuseAt({ file: this.#file, line }, 'dts-value', `${name} is not ${wanted}`, `write ${wanted}`);
  }
}

const viewOf = ({ value }: SourceProperty): DataView =>
  new DataView(value.buffer, value.byteOffset, value.byteLength);
