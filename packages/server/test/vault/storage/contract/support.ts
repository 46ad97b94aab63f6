import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { StorageError } from '../../../../src/vault/storage/storage-error.ts'
import type { StorageErrorCode } from '../../../../src/vault/storage/storage-error.ts'
import type { CommitResult, Store } from '../../../../src/vault/storage/store.ts'
import { commitOf } from '../rows.ts'

/** A new, empty store. Disposing closes every connection, also after a test that failed, and removes everything. */
export interface Subject extends AsyncDisposable {
  store: Store
  /** A second connection to the same data, as another process has it. */
  another(): Promise<Store>
  /** Closes `store` and opens the same data again, as after a restart. */
  reopen(): Promise<Store>
}

/** Keeps the changes of `keptCommits` commits where given. */
export type OpenSubject = (options?: { keptCommits?: number }) => Promise<Subject>

/** Tests that share one store, which starts empty. */
export function onSubject(name: string, open: OpenSubject, define: (subject: () => Subject) => void): void {
  describe(name, () => {
    let subject: Subject | undefined
    before(async () => {
      subject = await open()
    })
    after(() => subject?.[Symbol.asyncDispose]())
    define(() => subject ?? assert.fail('the store is not open'))
  })
}

export async function committed(store: Store, values: Parameters<typeof commitOf>[0]): Promise<number> {
  const result: CommitResult = await store.commit(commitOf(values))
  assert.ok(result.committed, `conflict: ${JSON.stringify(result)}`)
  return result.revision
}

export async function conflictOf(store: Store, values: Parameters<typeof commitOf>[0]) {
  const result = await store.commit(commitOf(values))
  assert.ok(!result.committed, 'no conflict')
  return result.conflict
}

export async function refuses(promise: Promise<unknown>, code: StorageErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof StorageError && error.code === code)
}

export async function paged(
  list: (page: { after?: string; limit: number }) => ReturnType<Store['listByOwner']>,
  limit: number,
) {
  const ids: string[] = []
  for (let page = await list({ limit }); page.length > 0; page = await list({ after: ids.at(-1) ?? '', limit })) {
    assert.ok(page.length <= limit)
    ids.push(...idsOf(page))
  }
  return ids
}

export function idsOf(found: readonly { id: string }[]): string[] {
  return found.map(({ id }) => id)
}

export function bytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index)
}
