/** What a heap snapshot of V8 says of sizes. */

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[]];
    };
  };
  readonly nodes: readonly number[];
}

/**
 * Sorts of nodes that are not what the program holds. Code is what V8 has compiled of functions that were called often: it
 * becomes more for thousands of rounds, though there are no more functions. Native nodes are the browser's, not of this heap.
 */
const NOT_HELD: ReadonlySet<string> = new Set(['code', 'native', 'synthetic']);

/** Bytes of all objects, arrays, strings and closures in a snapshot. Throws when it is none. */
export function heldBytes(json: string): number {
  const { snapshot, nodes } = JSON.parse(json) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  if (type < 0 || size < 0) throw new Error(`the fields of a heap snapshot are ${fields.join(', ')}`);
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    const sort = types[0][nodes[node + type] ?? -1];
    if (sort !== undefined && !NOT_HELD.has(sort)) bytes += nodes[node + size] ?? 0;
  }
  return bytes;
}
