import type { Row } from './store.ts'

/**
 * Every column of a row except its MAC and its sealed bytes, as strings in the order of the MAC
 * (docs/spec/hierarchy.md).
 */
export function rowColumns(row: Omit<Row, 'mac' | 'sealed'>): string[] {
  const { table, id, owner, target, dueMs, version, generation, body } = row
  return [table, id, owner, target, dueMs === null ? '' : String(dueMs), String(version), String(generation), body]
}

/**
 * A row's sealed bytes, at the end of a message so that they need no length. The byte before them distinguishes null
 * from empty.
 */
export function sealedColumn({ sealed }: Pick<Row, 'sealed'>): Uint8Array {
  return sealed === null ? Uint8Array.of(0) : Buffer.concat([Uint8Array.of(1), sealed])
}
