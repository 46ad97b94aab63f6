import { randomUUID } from 'node:crypto'
import type { Commit, Row } from '../../../src/vault/storage/store.ts'

/** A row that a store must keep as it is; tests override what they are about. */
export function row(values: Partial<Row> = {}): Row {
  return {
    table: 'key',
    id: 'eu-central-1/one',
    owner: '111122223333/eu-central-1',
    target: '',
    dueMs: null,
    version: 1,
    generation: 1,
    body: '{}',
    sealed: null,
    mac: Uint8Array.of(1, 2, 3),
    ...values,
  }
}

/** A commit with a fresh id; tests override what they are about. */
export function commitOf(values: Partial<Commit> = {}): Commit {
  return { id: randomUUID(), expect: [], put: [], delete: [], audit: [], ...values }
}
