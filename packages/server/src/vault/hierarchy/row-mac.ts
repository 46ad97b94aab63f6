import { lengthPrefixed } from '../../crypto/length-prefixed.ts'
import { rowColumns, sealedColumn } from '../storage/row-bytes.ts'
import type { Row } from '../storage/store.ts'

/**
 * The bytes that a row's MAC covers: the table and every column except the MAC itself (docs/spec/hierarchy.md, "Row
 * MACs").
 */
export function macMessage(row: Omit<Row, 'mac'>): Uint8Array {
  return Buffer.concat([lengthPrefixed(rowColumns(row)), sealedColumn(row)])
}
