/** What is no device tree source at all: rule code, whole text, line and column. */
import { describe, expect, it } from 'vitest';
import { errorMachine, everything, type SourceError } from './kerf-errors.testkit.ts';

const SOURCE_HINT = 'write device tree source, such as kerf show --format dts prints';

const TABLE: readonly SourceError[] = [
  {
    what: 'text after the root',
    verb: 'apply',
    text: `/ { };
again`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 1: nothing may follow the root node, and "again" is found',
    hint: SOURCE_HINT,
  },
  {
    what: 'no root',
    verb: 'apply',
    text: 'fragment@0 { };',
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 1, column 1: the root node "/ {" is expected, and "fragment@0" is found',
    hint: SOURCE_HINT,
  },
  {
    what: 'an open node',
    verb: 'apply',
    text: `/ {
 fragment@0 {
`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 3, column 1: a property, a node or "};" is expected, and the text ends',
    hint: SOURCE_HINT,
  },
  {
    what: 'no semicolon',
    verb: 'apply',
    text: `/ {
 a = "b"
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 3, column 1: ";" is expected, and "}" is found',
    hint: SOURCE_HINT,
  },
  {
    what: 'an open string',
    verb: 'apply',
    text: `/ {
 a = "b
;
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 6: ": the string does not end in its line',
    hint: SOURCE_HINT,
  },
  {
    what: 'an open comment',
    verb: 'apply',
    text: `/ {
 /* a
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 2: /: the comment does not end',
    hint: SOURCE_HINT,
  },
  {
    what: 'a reference',
    verb: 'apply',
    text: `/ {
 a = <&b>;
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 7: &: references are not taken: write the name as a string',
    hint: SOURCE_HINT,
  },
  {
    what: 'an expression',
    verb: 'apply',
    text: `/ {
 a = <(1 + 2)>;
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 7: (: expressions are not taken: write the number',
    hint: SOURCE_HINT,
  },
  {
    what: 'a deletion',
    verb: 'apply',
    text: `/ {
 /delete-node/ a;
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 2: /delete-node/: is not taken',
    hint: SOURCE_HINT,
  },
  {
    what: 'a cell too large',
    verb: 'apply',
    text: `/ {
 a = <0x100000000>;
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 7: a cell is a number below 2^32, and "0x100000000" is found',
    hint: SOURCE_HINT,
  },
  {
    what: 'odd bytes',
    verb: 'apply',
    text: `/ {
 a = [0 1];
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 7: bytes are pairs of hexadecimal digits, and "0" is found',
    hint: SOURCE_HINT,
  },
  {
    what: 'a value of no kind',
    verb: 'apply',
    text: `/ {
 a = b;
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 6: a value is expected: "text", <cells> or [bytes], and "b" is found',
    hint: SOURCE_HINT,
  },
  {
    what: 'a property twice',
    verb: 'apply',
    text: `/ {
 a;
 a;
};`,
    exit: 3,
    code: 'dts-twice',
    reason: 'a.dts, line 3, column 2: the property a is given twice, first in line 2',
    hint: SOURCE_HINT,
  },
  {
    what: 'a node twice',
    verb: 'apply',
    text: `/ {
 a { };
 a { };
};`,
    exit: 3,
    code: 'dts-twice',
    reason: 'a.dts, line 3, column 2: the node a is given twice, first in line 2',
    hint: SOURCE_HINT,
  },
  {
    what: 'a property after a node',
    verb: 'apply',
    text: `/ {
 a { };
 b;
};`,
    exit: 3,
    code: 'dts-order',
    reason: 'a.dts, line 3, column 2: the property b stands after a node',
    hint: SOURCE_HINT,
  },
  {
    what: 'a strange sign',
    verb: 'apply',
    text: `/ {
 %
};`,
    exit: 3,
    code: 'dts-syntax',
    reason: 'a.dts, line 2, column 2: %: is no part of device tree source',
    hint: SOURCE_HINT,
  },
  {
    what: 'nodes too deep',
    verb: 'apply',
    text: '/ { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { ',
    exit: 3,
    code: 'dts-depth',
    reason: 'a.dts, line 1, column 261: nodes are nested deeper than 64',
    hint: SOURCE_HINT,
  },
];

describe('malformed source is refused', () => {
  it.each(TABLE)('$verb: $what', async ({ verb, text, exit, code, reason, hint }) => {
    const machine = await errorMachine({ 'a.dts': text });
    const before = await everything(machine);
    const reply = await machine.kerf(verb === 'apply' ? 'apply a.dts' : 'init --input a.dts');
    expect(reply.exitCode).toBe(exit);
    expect(reply.error).toEqual({ code, reason, hint });
    expect(await everything(machine)).toEqual(before);
  });
});
