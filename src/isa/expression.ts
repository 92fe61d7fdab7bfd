/** Value of a symbol, or undefined while it is not known. */
export type Resolve = (name: string) => bigint | undefined;

const TOKEN = /\s*(0x[\da-f_]+|0b[01_]+|\d+[fb]\b|[\d_]+|'(?:\\.|[^\\])'|[.$\w]+|<<|[-+*~|()])/iy;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  '\\': '\\',
  "'": "'",
};

/**
 * Value of an expression: numbers, characters, symbols, local labels (1f, 1b), unary - and ~, parentheses, and the
 * operators * + - << |, which all bind alike from the left. Throws on text that is none and on symbols that `resolve`
 * does not know.
 */
export function evaluate(text: string, resolve: Resolve): bigint {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const source = text.trim();
  while (TOKEN.lastIndex < source.length) {
    const token = TOKEN.exec(source)?.[1];
    if (token === undefined) throw new Error(`cannot read the expression '${text}'`);
    tokens.push(token);
  }
  let next = 0;

  function operand(): bigint {
    const token = tokens[next++];
    if (token === undefined) throw new Error(`the expression '${text}' ends too early`);
    if (token === '-') return -operand();
    if (token === '~') return ~operand();
    if (token === '(') {
      const value = sum();
      if (tokens[next++] !== ')') throw new Error(`a parenthesis is open in '${text}'`);
      return value;
    }
    if (token.startsWith("'")) {
      const character = token[1] === '\\' ? ESCAPES[token[2] ?? ''] : token[1];
      if (character === undefined) throw new Error(`unknown escape in ${token}`);
      return BigInt(character.charCodeAt(0));
    }
    if (/^\d/.test(token) && !/^\d+[fb]$/.test(token)) return BigInt(token.replaceAll('_', ''));
    const value = resolve(token);
    if (value === undefined) throw new Error(`'${token}' is not defined`);
    return value;
  }

  function sum(): bigint {
    let value = operand();
    while (next < tokens.length && tokens[next] !== ')') {
      const operator = tokens[next++];
      const right = operand();
      if (operator === '+') value += right;
      else if (operator === '-') value -= right;
      else if (operator === '*') value *= right;
      else if (operator === '<<') value <<= right;
      else if (operator === '|') value |= right;
      else throw new Error(`'${operator}' is no operator in '${text}'`);
    }
    return value;
  }

  const value = sum();
  if (next !== tokens.length) throw new Error(`a parenthesis is not open in '${text}'`);
  return value;
}
