import type { Sealing } from './sealing.ts'
import type { Row } from '../storage/store.ts'

/** A row before its MAC and generation are set. */
export type UnsealedRow = Omit<Row, 'generation' | 'mac'>

/**
 * The keys between the root of trust and all stored data. Exists only after the root is open: code that needs it cannot
 * be called without it. Domains are Regions, and `global` for data that belongs to no Region.
 */
export interface Hierarchy extends Sealing {
  /** Completes a row with its MAC and the newest generation, or that of its sealed bytes. */
  authenticate(row: UnsealedRow, generation?: number): Promise<Row>
  /** Returns the row. Throws {@link IntegrityError} if its MAC does not verify, in constant time. */
  verify(row: Row): Promise<Row>
}
