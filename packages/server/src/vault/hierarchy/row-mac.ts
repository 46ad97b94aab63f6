import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { lengthPrefixed } from '../../crypto/length-prefixed.ts'
import { rowColumns, sealedColumn } from '../storage/row-bytes.ts'
import type { Row } from '../storage/store.ts'
import { IntegrityError } from './sealing.ts'

/**
 * The bytes that a row's MAC covers: the table and every column except the MAC itself (docs/spec/hierarchy.md, "Row
 * MACs").
 */
export function macMessage(row: Omit<Row, 'mac'>): Uint8Array {
  return Buffer.concat([lengthPrefixed(rowColumns(row)), sealedColumn(row)])
}

/** Returns the row. Throws {@link IntegrityError} if its MAC is not `expected`; compares in constant time. */
export function requireMac(row: Row, expected: Uint8Array): Row {
  if (equalInConstantTime(row.mac, expected)) return row
  throw new IntegrityError(`the row ${row.table} ${row.id} does not verify: it was not written by this service`)
}
