import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as endOfTurn } from 'node:timers/promises'
import { ChangeFeed } from '../../../src/identity/directory/change-feed.ts'
import type { Store } from '../../../src/vault/storage/store.ts'
import type { Change } from '../../../src/vault/storage/journal.ts'

const change = (revision: number): Change => ({ revision, table: 'key', id: `row ${revision}` })

/** A store of which only the change log is looked at, and a listener that writes down what it hears. */
class Log {
  revision = 1
  looks = 0
  fault: Error | undefined
  /** What a look waits for, once it has read the revision. */
  gate: Promise<void> | undefined
  readonly heard: (number | 'lost')[] = []
  readonly feed: ChangeFeed

  constructor() {
    const store: Pick<Store, 'revision' | 'changesSince'> = {
      revision: () => this.#look(),
      changesSince: async (since) => Array.from({ length: this.revision - since }, (_, i) => change(since + i + 1)),
    }
    const listener = {
      changed: ({ revision }: Change) => void this.heard.push(revision),
      lost: () => void this.heard.push('lost'),
    }
    this.feed = new ChangeFeed(store, [listener])
  }

  #look(): number | Promise<number> {
    this.looks += 1
    if (this.fault) throw this.fault
    const { revision } = this
    return this.gate?.then(() => revision) ?? revision
  }
}

test('the first look forgets everything, each later one only what changed', async () => {
  const log = new Log()
  await log.feed.catchUp()
  await log.feed.catchUp()
  log.revision = 3
  await log.feed.catchUp()
  assert.deepEqual(log.heard, ['lost', 2, 3])
})

test('requests that begin together share one look, which comes after the last of them', async () => {
  const log = new Log()
  await log.feed.catchUp()
  const first = log.feed.catchUp()
  await Promise.resolve()
  log.revision = 2
  await Promise.all([first, log.feed.catchUp()])
  assert.equal(log.looks, 2)
  assert.deepEqual(log.heard, ['lost', 2])
})

test('a caller that asks during a lookup gets a later one', async () => {
  const log = new Log()
  await log.feed.catchUp()
  const { promise, resolve } = Promise.withResolvers<void>()
  log.gate = promise
  const early = log.feed.catchUp()
  await endOfTurn()
  log.gate = undefined
  log.revision = 2
  const late = log.feed.catchUp()
  resolve()
  await Promise.all([early, late])
  assert.equal(log.looks, 3)
  assert.deepEqual(log.heard, ['lost', 2])
})

test('a lookup that fails fails for all its callers, and for none after them', async () => {
  const log = new Log()
  log.fault = new Error('the disk is gone')
  const results = await Promise.allSettled([log.feed.catchUp(), log.feed.catchUp()])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  log.fault = undefined
  await log.feed.catchUp()
  assert.deepEqual(log.heard, ['lost'])
})
