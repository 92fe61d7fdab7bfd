/** The words of device tree source, each with its place. Comments and blanks are gone. */

export interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface Token extends Place {
  readonly kind: 'word' | 'label' | 'string' | 'mark' | 'end';
  readonly text: string;
}

/** What is wrong with a text. Thrown and caught by the parser alone. */
export class Malformed extends Error {
  readonly code: string;
  readonly line: number;
  readonly column: number;

  constructor(code: string, reason: string, place: Place) {
    super(reason);
    this.code = code;
    this.line = place.line;
    this.column = place.column;
  }
}

/** Each from the present position: what is skipped, and what a token may be. */
const PATTERNS: readonly (readonly [Token['kind'] | 'blank', RegExp])[] = [
  ['blank', /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"/y],
  ['label', /[A-Za-z_][A-Za-z0-9_]*:/y],
  ['mark', /\/[a-z0-9-]+\//y],
  ['word', /[A-Za-z0-9._+?#@-][A-Za-z0-9,._+?#@-]*/y],
  ['mark', /[{}<>[\];=,/]/y],
];

/** Marks that begin what this dialect does not have. */
const ABSENT: readonly (readonly [RegExp, string])[] = [
  [/^&/, 'references are not taken: write the name as a string'],
  [/^\(/, 'expressions are not taken: write the number'],
  [/^\/(include|incbin|delete-node|delete-property|bits|memreserve|omit-if-no-ref)\//, 'is not taken'],
  [/^"/, 'the string does not end in its line'],
  [/^\/\*/, 'the comment does not end'],
];

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

/** Ends with one token of kind `end`. */
export function splitSource(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  while (at < text.length) {
    const place = { line, column: at - lineStart + 1 };
    const absent = ABSENT.find(([pattern]) => pattern.test(text.slice(at, at + 24)));
    const match = matchAt(text, at);
    if (!match || (absent && match.kind === 'mark')) {
      const words = absent?.[1] ?? 'is no part of device tree source';
      const found = /^\/[a-z-]+\//.exec(text.slice(at, at + 24))?.[0] ?? text.charAt(at);
      throw new Malformed('dts-syntax', `${found}: ${words}`, place);
    }
    if (match.kind !== 'blank')
      tokens.push({ kind: match.kind, text: contentOf(match.kind, match.text), ...place });
    for (let end = match.text.indexOf('\n'); end >= 0; end = match.text.indexOf('\n', end + 1)) {
      line += 1;
      lineStart = at + end + 1;
    }
    at += match.text.length;
  }
  tokens.push({ kind: 'end', text: '', line, column: at - lineStart + 1 });
  return tokens;
}

function matchAt(text: string, at: number): { kind: Token['kind'] | 'blank'; text: string } | null {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found };
  }
  return null;
}

function contentOf(kind: Token['kind'], text: string): string {
  if (kind === 'label') return text.slice(0, -1);
  if (kind !== 'string') return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char);
}
