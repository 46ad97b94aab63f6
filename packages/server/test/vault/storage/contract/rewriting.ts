import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { everyRow } from '../../../../src/vault/storage/page.ts'
import type { Rewritten } from '../../../../src/vault/storage/rewrite.ts'
import type { Row, Store } from '../../../../src/vault/storage/store.ts'
import { commitOf, row } from '../rows.ts'
import { committed, onSubject, type OpenSubject, refuses } from './support.ts'

/** Gives rows of one generation the next one and other bytes; refuses those of another. */
const MODULE = join(import.meta.dirname, 'rewriter.ts')

export function rewriting(open: OpenSubject): void {
  onSubject('rewriting rows', open, (subject) => {
    test('a pass looks at every row once and changes generation, sealed bytes and MAC alone', async () => {
      const { store } = subject()
      const ids = Array.from({ length: 10 }, (_, index) => `r${index}`)
      const put = ids.map((id, index) => row({ id, generation: index === 3 ? 9 : 1 }))
      const revision = await committed(store, { put })
      const before = await allRows(store)
      assert.equal(before.length, 10)
      const serial = (await store.ledger())?.serial ?? 0
      const steps = await pass(store, 'p1', 3)
      assert.deepEqual([sum(steps, 'rewritten'), sum(steps, 'refused')], [9, 1])
      const expected = before.map((one) =>
        one.generation === 1 ? { ...one, generation: 2, sealed: Uint8Array.of(7), mac: new Uint8Array(32) } : one,
      )
      assert.deepEqual(await allRows(store), expected)
      assert.equal(await store.revision(), revision)
      assert.deepEqual(await store.changesSince(revision), [])
      assert.equal((await store.ledger())?.serial, serial)
      assert.deepEqual((await store.inspectLedger()).problems, [])
      const again = await pass(store, 'p2', 3)
      assert.deepEqual([sum(again, 'rewritten'), sum(again, 'refused')], [0, 1])
    })

    test('who read a row before it was rewritten can write over it, and another process sees what it became', async () => {
      const { store, another } = subject()
      await committed(store, { put: [row({ id: 'read-before' })] })
      const read = (await store.get('key', 'read-before')) ?? assert.fail()
      await pass(store, 'p3', 100)
      const other = await another()
      assert.equal((await other.get('key', 'read-before'))?.generation, 2)
      await committed(other, { put: [{ ...read, version: read.version + 1, body: '{"written":true}' }] })
      await other.close()
    })

    test('a module that is not there is a failure of the step alone', async () => {
      const { store } = subject()
      const missing = join(import.meta.dirname, 'not-there.ts')
      const step = { module: missing, pass: 'p', settings: {}, after: 0, limit: 1 }
      const [refused, result] = await Promise.allSettled([
        store.rewrite(step),
        store.commit(commitOf({ put: [row({ id: 'beside' })] })),
      ])
      assert.deepEqual([refused.status, result.status], ['rejected', 'fulfilled'])
      await refuses(store.rewrite({ ...step, limit: 0 }), 'invalid')
    })
  })
}

async function pass(store: Store, name: string, limit: number): Promise<Rewritten[]> {
  const steps: Rewritten[] = []
  for (let after: number | undefined = 0; after !== undefined; after = steps.at(-1)?.next) {
    const step = { module: MODULE, pass: name, settings: { from: 1, to: 2 }, after, limit }
    steps.push(await store.rewrite(step))
  }
  return steps
}

function sum(steps: readonly Rewritten[], member: 'rewritten' | 'refused'): number {
  return steps.reduce((total, step) => total + step[member], 0)
}

function allRows(store: Store): Promise<Row[]> {
  return Array.fromAsync(everyRow((page) => store.list('key', page)))
}
