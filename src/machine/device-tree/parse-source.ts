/**
 * Reads a device tree from source (DTS, Devicetree Specification 0.4, chapter 6): nodes, labels, strings, cells and
 * bytes. References, expressions, macros, includes and deletions are refused, each by its name. The text may come from
 * anywhere; every refusal says line and column.
 */
import { ok, refuse, type Result } from '../../base/result.ts';
import type { DeviceTreeNode, DeviceTreeProperty } from './node.ts';
import { Malformed, splitSource, type Token } from './source-tokens.ts';

export interface SourceProperty extends DeviceTreeProperty {
  /** From 1. */
  readonly line: number;
}

export interface SourceNode extends DeviceTreeNode {
  readonly properties: readonly SourceProperty[];
  readonly children: readonly SourceNode[];
  /** Line of its name, from 1. */
  readonly line: number;
}

const HINT = 'write device tree source, such as kerf show --format dts prints';
/** Deeper than any real tree; keeps a hostile text from exhausting the stack. */
const MAX_DEPTH = 64;
const DIRECTIVES = ['/dts-v1/', '/plugin/', '/multikernel-v1/'];

/** The tree in `text`, or what is wrong with it and where. `file` is its name in refusals. */
export function parseSource(text: string, file: string): Result<SourceNode> {
  try {
    return ok(new SourceParser(splitSource(text)).root());
  } catch (problem) {
    if (!(problem instanceof Malformed)) throw problem;
    const place = `${file}, line ${problem.line}, column ${problem.column}`;
    return refuse(problem.code, `${place}: ${problem.message}`, HINT);
  }
}

const isMark = (token: Token, text: string): boolean => token.kind === 'mark' && token.text === text;

class SourceParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  root(): SourceNode {
    while (this.#peek().kind === 'mark' && DIRECTIVES.includes(this.#peek().text)) {
      this.#next();
      this.#expect(';');
    }
    const start = this.#next();
    if (!isMark(start, '/')) throw this.#unexpected(start, 'the root node "/ {" is expected');
    const root = this.#body('', start, 0);
    const after = this.#peek();
    if (after.kind !== 'end') throw this.#unexpected(after, 'nothing may follow the root node');
    return root;
  }

  /** From `{` to `};`. Properties come before nodes (6.3). */
  #body(name: string, start: Token, depth: number): SourceNode {
    if (depth > MAX_DEPTH) {
      throw new Malformed('dts-depth', `nodes are nested deeper than ${MAX_DEPTH}`, start);
    }
    this.#expect('{');
    const properties: SourceProperty[] = [];
    const children: SourceNode[] = [];
    for (;;) {
      const token = this.#next();
      if (isMark(token, '}')) {
        this.#expect(';');
        return { name, properties, children, line: start.line };
      }
      if (token.kind === 'label') continue;
      if (token.kind !== 'word') throw this.#unexpected(token, 'a property, a node or "};" is expected');
      if (isMark(this.#peek(), '{')) {
        this.#once('node', token, children);
        children.push(this.#body(token.text, token, depth + 1));
        continue;
      }
      this.#once('property', token, properties);
      if (children.length > 0) {
        throw new Malformed('dts-order', `the property ${token.text} stands after a node`, token);
      }
      properties.push(this.#property(token));
    }
  }

  #once(
    what: string,
    token: Token,
    before: readonly { readonly name: string; readonly line: number }[],
  ): void {
    const first = before.find((each) => each.name === token.text);
    if (!first) return;
    const reason = `the ${what} ${token.text} is given twice, first in line ${first.line}`;
    throw new Malformed('dts-twice', reason, token);
  }

  #property(name: Token): SourceProperty {
    const parts: Uint8Array[] = [];
    if (isMark(this.#peek(), '=')) {
      do {
        this.#next();
        parts.push(this.#value());
      } while (isMark(this.#peek(), ','));
    }
    this.#expect(';');
    const value = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      value.set(part, at);
      at += part.length;
    }
    return { name: name.text, value, line: name.line };
  }

  #value(): Uint8Array {
    const token = this.#next();
    if (token.kind === 'string') return new TextEncoder().encode(`${token.text}\0`);
    if (isMark(token, '<')) return this.#cells();
    if (isMark(token, '[')) return this.#bytes();
    throw this.#unexpected(token, 'a value is expected: "text", <cells> or [bytes]');
  }

  #cells(): Uint8Array {
    const numbers: number[] = [];
    for (;;) {
      const token = this.#next();
      if (isMark(token, '>')) break;
      const number = /^(0x[0-9a-f]+|\d+)$/i.test(token.text) ? Number(token.text) : NaN;
      if (!(number <= 0xffff_ffff)) throw this.#unexpected(token, 'a cell is a number below 2^32');
      numbers.push(number);
    }
    const value = new Uint8Array(numbers.length * 4);
    const view = new DataView(value.buffer);
    numbers.forEach((number, index) => view.setUint32(index * 4, number));
    return value;
  }

  #bytes(): Uint8Array {
    let digits = '';
    for (;;) {
      const token = this.#next();
      if (isMark(token, ']')) break;
      if (!/^([0-9a-f]{2})+$/i.test(token.text)) {
        throw this.#unexpected(token, 'bytes are pairs of hexadecimal digits');
      }
      digits += token.text;
    }
    return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }

  #peek(): Token {
    // The last token is the end, and nothing goes beyond it.
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #expect(text: string): void {
    const token = this.#next();
    if (!isMark(token, text)) throw this.#unexpected(token, `"${text}" is expected`);
  }

  #unexpected(token: Token, wanted: string): Malformed {
    const found = token.kind === 'end' ? 'the text ends' : `"${token.text}" is found`;
    return new Malformed('dts-syntax', `${wanted}, and ${found}`, token);
  }
}
