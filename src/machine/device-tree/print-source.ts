/** Prints a device tree as source (DTS, Devicetree Specification 0.4, chapter 6), in the layout of `dtc -O dts`. */
import type { DeviceTreeNode, DeviceTreeProperty } from './node.ts';

export function printSource(root: DeviceTreeNode): string {
  return `/dts-v1/;\n\n${printNode({ ...root, name: '/' }, '')}`;
}

function printNode(node: DeviceTreeNode, indent: string): string {
  const inner = `${indent}\t`;
  const properties = node.properties.map(
    (property) => `${inner}${property.name}${equals(printValue(property))};\n`,
  );
  const children = node.children.map((child) => `\n${printNode(child, inner)}`);
  return `${indent}${node.name} {\n${properties.join('')}${children.join('')}${indent}};\n`;
}

const equals = (value: string): string => (value === '' ? '' : ` = ${value}`);

/**
 * The value of a property as source; '': it has none. A blob has no types: what reads as strings is printed as strings,
 * whole cells as cells, the rest as bytes.
 */
export function printValue({ value }: DeviceTreeProperty): string {
  if (value.length === 0) return '';
  if (isStrings(value)) {
    const texts = new TextDecoder().decode(value.subarray(0, -1)).split('\0');
    return texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(', ');
  }
  if (value.length % 4 === 0) {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const words = Array.from({ length: value.length / 4 }, (_, index) => view.getUint32(index * 4));
    return `<${words.map((word) => `0x${word.toString(16).padStart(2, '0')}`).join(' ')}>`;
  }
  return `[${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}]`;
}

/** Printable text ended by a zero byte, no string of it empty. */
function isStrings(value: Uint8Array): boolean {
  const printable = value.every((byte) => byte === 0 || (byte >= 0x20 && byte < 0x7f));
  return (
    printable &&
    value.at(-1) === 0 &&
    value[0] !== 0 &&
    !value.some((byte, at) => byte === 0 && value[at + 1] === 0)
  );
}
