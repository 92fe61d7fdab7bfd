/** The fields of a CSR's value, in words. */
import type { CsrField, CsrLayout } from '../../protocol/inspect.ts';
import type { LiveCell } from './live-rows.tsx';

function bitsOf(value: bigint, { high, low }: CsrField): bigint {
  return (value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
}

/** One field: a flag by its name alone, marked when it is set; another with its value. */
export function fieldCell(layout: CsrLayout, field: CsrField, value: bigint): LiveCell {
  const bits = bitsOf(value, field);
  const mark = bits === 0n ? 'clear' : 'set';
  if (field.high === field.low && !field.values) return { text: field.name, mark };
  const { otherwise } = field;
  const other = otherwise && layout.fields.find(({ name }) => name === otherwise.field);
  const names =
    other && bitsOf(value, other) === BigInt(otherwise.is) ? otherwise.values : (field.values ?? {});
  const name = bits <= BigInt(Number.MAX_SAFE_INTEGER) ? names[Number(bits)] : undefined;
  const number = bits < 10n ? String(bits) : `0x${bits.toString(16)}`;
  return {
    text: `${field.name} ${name ?? number}`,
    mark: name === undefined ? mark : 'set',
  };
}

/** The text of all fields, as it is copied: flags with 0 and 1. */
export function fieldWords(layout: CsrLayout, value: bigint): string {
  return layout.fields
    .map((field) => {
      const cell = fieldCell(layout, field, value);
      const text = typeof cell === 'string' ? cell : cell.text;
      return field.high === field.low && !field.values ? `${text}=${bitsOf(value, field)}` : text;
    })
    .join(' ');
}
