import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { StorageError } from '../storage-error.ts'

/**
 * Runs a statement that must change exactly one row. Throws `tampered` if it does not: something in the file, such as a
 * trigger, has changed its effect.
 */
export function changeOne(statement: StatementSync, ...values: readonly SQLInputValue[]): void {
  const { changes } = statement.run(...values)
  if (Number(changes) !== 1) {
    throw new StorageError('tampered', `A change of one row of the database changed ${changes}.`)
  }
}
