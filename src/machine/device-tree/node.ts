/**
 * A device tree as plain data, and how the values of its properties are encoded (Devicetree Specification 0.4, 2.2.4).
 * Whoever builds one chooses the phandles.
 */

export interface DeviceTreeProperty {
  readonly name: string;
  /** As it stands in the blob: big-endian cells, strings ended by a zero byte, nothing for a mere flag. */
  readonly value: Uint8Array;
}

export interface DeviceTreeNode {
  /** With its unit address (`uart@10000000`); empty for the root. */
  readonly name: string;
  readonly properties: readonly DeviceTreeProperty[];
  readonly children: readonly DeviceTreeNode[];
}

export function node(
  name: string,
  properties: readonly DeviceTreeProperty[],
  children: readonly DeviceTreeNode[] = [],
): DeviceTreeNode {
  return { name, properties, children };
}

/** `<u32>` or `<prop-encoded-array>`: each number one cell, 0 … 2^32 − 1. */
export function cells(name: string, ...numbers: readonly number[]): DeviceTreeProperty {
  const value = new Uint8Array(numbers.length * 4);
  const view = new DataView(value.buffer);
  numbers.forEach((number, index) => view.setUint32(index * 4, number));
  return { name, value };
}

/** `<u64>` or an array of them: each a whole number from 0, exact below 2^53, as two cells. */
export function longs(name: string, ...numbers: readonly number[]): DeviceTreeProperty {
  const value = new Uint8Array(numbers.length * 8);
  const view = new DataView(value.buffer);
  numbers.forEach((number, index) => view.setBigUint64(index * 8, BigInt(number)));
  return { name, value };
}

/** `<string>` or `<stringlist>`: UTF-8, without zero characters. */
export function strings(name: string, ...texts: readonly string[]): DeviceTreeProperty {
  return { name, value: new TextEncoder().encode(texts.map((text) => `${text}\0`).join('')) };
}

/** `<empty>`: the property's being there is what it says. */
export function flag(name: string): DeviceTreeProperty {
  return { name, value: new Uint8Array(0) };
}
