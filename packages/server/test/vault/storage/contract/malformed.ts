import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitOf, row } from '../rows.ts'
import { committed, onSubject, refuses } from './support.ts'
import type { OpenSubject } from './support.ts'

export function malformed(open: OpenSubject): void {
  onSubject('what no database stores alike', open, (subject) => {
    const put = (values: Parameters<typeof row>[0]) => ({ put: [row(values)] })
    const twice = { put: [row({ id: 'twice' }), row({ id: 'twice' })] }
    const both = { put: [row({ id: 'both' })], delete: [{ table: 'key', id: 'both' }] } as const
    const cases: Record<string, Parameters<typeof commitOf>[0]> = {
      'a lone surrogate in an id': put({ id: 'a\ud800' }),
      'a NUL in a body': put({ body: 'a\0b' }),
      'an empty id': put({ id: '' }),
      'version 0': put({ version: 0 }),
      'half a millisecond': put({ dueMs: 0.5 }),
      'a due time that is not a number': put({ dueMs: NaN }),
      'a negative generation': put({ generation: -1 }),
      'one row put twice': twice,
      'one row put and deleted': both,
      'an empty commit id': { id: '' },
      'an expected version that is no version': { expect: [{ table: 'key', id: 'x', version: -1 }] },
      'more rows than one commit may touch': {
        delete: Array.from({ length: 10_001 }, (_, n) => ({ table: 'key', id: `${n}` })),
      },
    }
    for (const [name, values] of Object.entries(cases)) {
      test(`is refused: ${name}`, async () => {
        const { store } = subject()
        await refuses(store.commit(commitOf(values)), 'invalid')
        assert.equal(await store.revision(), 0)
      })
    }

    test('is not found under the characters that would replace it', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'a\ufffd', owner: '\ufffd', target: '\ufffd' })] })
      assert.equal(await store.get('key', 'a\ud800'), undefined)
      assert.deepEqual(await store.listByOwner('key', '\ud800', { limit: 1 }), [])
      assert.deepEqual(await store.listByTarget('key', '\ud800', { limit: 1 }), [])
    })

    test('is refused: a page without a positive whole limit', async () => {
      for (const limit of [0, -1, 1.5, NaN]) {
        await refuses(subject().store.listByOwner('key', 'x', { limit }), 'invalid')
        await refuses(subject().store.list('key', { limit }), 'invalid')
        await refuses(subject().store.listDue('key', 1, limit), 'invalid')
        await refuses(subject().store.pendingAudit(limit), 'invalid')
      }
    })
  })
}
