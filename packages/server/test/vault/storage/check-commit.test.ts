import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCommit, checkLimit, isStorable } from '../../../src/vault/storage/check-commit.ts'
import { StorageError } from '../../../src/vault/storage/storage-error.ts'
import type { Commit } from '../../../src/vault/storage/store.ts'
import { commitOf, row } from './rows.ts'

const MOST = 10_000

/** As many items of one sort. */
const ITEMS: Readonly<Record<string, (count: number) => Partial<Commit>>> = {
  expect: (count) => ({ expect: numbered(count, (id) => ({ table: 'key', id, version: 0 })) }),
  put: (count) => ({ put: numbered(count, (id) => row({ id })) }),
  delete: (count) => ({ delete: numbered(count, (id) => ({ table: 'key', id })) }),
  audit: (count) => ({ audit: numbered(count, (eventId) => ({ eventId, record: '{}' })) }),
}

for (const [sort, values] of Object.entries(ITEMS)) {
  test(`a commit holds ${MOST} items of the sort "${sort}", and no more`, () => {
    checkCommit(commitOf(values(MOST)))
    refuses(values(MOST + 1))
  })
}

/** Text that databases change or refuse. */
const UNSTORABLE = ['a\ud800', '\udc00', 'a\0b']

test('text that no two databases store alike is refused wherever a commit has text', () => {
  for (const text of UNSTORABLE) {
    assert.equal(isStorable(text), false)
    for (const values of [
      { id: text },
      { expect: [{ table: 'key', id: text, version: 0 }] },
      ...(['id', 'owner', 'target', 'body'] as const).map((name) => ({ put: [row({ [name]: text })] })),
      { delete: [{ table: 'key', id: text }] },
      { audit: [{ eventId: text, record: '{}' }] },
      { audit: [{ eventId: 'e', record: text }] },
    ] as Partial<Commit>[]) {
      refuses(values)
    }
  }
  assert.equal(isStorable('tést 🔑'), true)
})

test('identifiers are not empty', () => {
  for (const values of [
    { id: '' },
    { expect: [{ table: 'key', id: '', version: 0 }] },
    { put: [row({ id: '' })] },
    { delete: [{ table: 'key', id: '' }] },
    { audit: [{ eventId: '', record: '{}' }] },
  ] as Partial<Commit>[]) {
    refuses(values)
  }
  checkCommit(commitOf({ put: [row({ owner: '', target: '', body: '' })] }))
})

test('numbers are whole, exact and no smaller than their least', () => {
  const LEAST = { version: 1, generation: 0, dueMs: 0 } as const
  for (const [name, least] of Object.entries(LEAST)) {
    const put = (value: number): Partial<Commit> => ({ put: [row({ [name]: value })] })
    checkCommit(commitOf(put(least)))
    checkCommit(commitOf(put(Number.MAX_SAFE_INTEGER)))
    for (const value of [least - 1, least + 0.5, NaN, Number.MAX_SAFE_INTEGER + 1]) refuses(put(value))
  }
  const expecting = (version: number): Partial<Commit> => ({ expect: [{ table: 'key', id: 'x', version }] })
  checkCommit(commitOf(expecting(0)))
  for (const version of [-1, 0.5]) refuses(expecting(version))
  checkLimit(1)
  for (const limit of [0, -1, 1.5, NaN]) assert.throws(() => checkLimit(limit), isInvalid)
})

test('a row is changed once, and rows of two tables may have one id', () => {
  refuses({ put: [row(), row()] })
  refuses({ put: [row()], delete: [row()] })
  refuses({ delete: [row(), row()] })
  checkCommit(commitOf({ put: [row(), row({ table: 'alias' })], delete: [row({ table: 'grant' })] }))
})

function numbered<T>(count: number, make: (id: string) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(String(index)))
}

function refuses(values: Partial<Commit>): void {
  assert.throws(() => checkCommit(commitOf(values)), isInvalid)
}

function isInvalid(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'invalid'
}
