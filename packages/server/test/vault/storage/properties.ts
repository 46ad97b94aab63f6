/** Random histories of commits against a Map that obeys the same rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Commit, CommitResult, Expectation, Row, Store } from '../../../src/vault/storage/store.ts'
import type { Change } from '../../../src/vault/storage/journal.ts'
import type { OpenSubject } from './contract/support.ts'
import { commitOf, row } from './rows.ts'

type Step = { expect: number[]; put: [id: number, version: number][]; delete: number[] }

const IDS = 4
const id = fc.nat({ max: IDS - 1 })
const version = fc.integer({ min: 1, max: 4 })
const step: fc.Arbitrary<Step> = fc
  .record({
    expect: fc.array(fc.nat({ max: 4 }), { maxLength: 2 }),
    put: fc.uniqueArray(fc.tuple(id, version), { maxLength: 3, selector: ([of]) => of }),
    delete: fc.uniqueArray(id, { maxLength: 2 }),
  })
  .map((made) => ({ ...made, delete: made.delete.filter((of) => !made.put.some(([put]) => put === of)) }))
/** Groups are sent at the same time, over two connections; those of one are a plain sequence. */
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 25 })

export function storeProperties(name: string, open: OpenSubject): void {
  test(`${name} behaves as a Map under any interleaving of commits`, { timeout: 120_000 }, async () => {
    const run = fc.asyncProperty(history, async (groups) => {
      await using subject = await open()
      await compare(groups, [subject.store, await subject.another()])
    })
    await fc.assert(run, { numRuns: 40 })
  })
}

async function compare(groups: readonly Step[][], stores: readonly [Store, Store]): Promise<void> {
  const model = new Model()
  for (const group of groups) {
    const commits = group.map((made) => toCommit(made))
    const results = await Promise.all(commits.map((commit, at) => stores[at % 2 ? 1 : 0].commit(commit)))
    const sent = commits.map((commit, at) => ({ commit, result: results[at] ?? assert.fail() }))
    model.replay(sent)
    for (const store of stores) {
      assert.deepEqual(await store.listByOwner('key', 'owner', { limit: 100 }), model.rows())
      assert.equal(await store.revision(), model.revision)
      assert.deepEqual(await store.changesSince(0), model.changes)
    }
  }
}

function toCommit({ expect, put, delete: deleted }: Step): Commit {
  return commitOf({
    expect: expect.map((of, at) => ({ table: 'key', id: String(at), version: of })),
    put: put.map(([of, at]) => row({ id: String(of), version: at, owner: 'owner', body: `${Math.random()}` })),
    delete: deleted.map((of) => ({ table: 'key', id: String(of) })),
  })
}

class Model {
  readonly #rows = new Map<string, Row>()
  readonly changes: Change[] = []
  revision = 0

  rows(): Row[] {
    return [...this.#rows.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Applies what was committed in the order of revisions; each must have been allowed there, each conflict true. */
  replay(sent: readonly { commit: Commit; result: CommitResult }[]): void {
    const refused = new Map(sent.flatMap(({ commit, result }) => (result.committed ? [] : [[commit, result.conflict]])))
    const checkRefused = () => {
      for (const [commit, conflict] of refused) {
        const violated = this.#conflict(commit)
        if (violated !== undefined && same(violated, conflict)) refused.delete(commit)
      }
    }
    checkRefused()
    for (const { commit, revision } of inOrder(sent)) {
      assert.equal(this.#conflict(commit), undefined)
      assert.equal(revision, this.revision + 1)
      this.#apply(commit, revision)
      checkRefused()
    }
    assert.equal(refused.size, 0, 'a commit was refused that no moment of this group forbids')
  }

  #conflict({ expect, put }: Commit): Expectation | undefined {
    const implied = put.map(({ table, id: of, version: at }) => ({ table, id: of, version: at - 1 }))
    return [...expect, ...implied].find((wanted) => (this.#rows.get(wanted.id)?.version ?? 0) !== wanted.version)
  }

  #apply(commit: Commit, revision: number): void {
    const changed = [...commit.put, ...commit.delete.filter((gone) => this.#rows.has(gone.id))].map((of) => of.id)
    for (const gone of commit.delete) this.#rows.delete(gone.id)
    for (const put of commit.put) this.#rows.set(put.id, put)
    this.changes.push(...changed.toSorted().map((of) => ({ revision, table: 'key' as const, id: of })))
    this.revision = revision
  }
}

function inOrder(sent: readonly { commit: Commit; result: CommitResult }[]): { commit: Commit; revision: number }[] {
  return sent
    .flatMap(({ commit, result }) => (result.committed ? [{ commit, revision: result.revision }] : []))
    .toSorted((a, b) => a.revision - b.revision)
}

function same(a: Expectation, b: Expectation): boolean {
  return a.id === b.id && a.version === b.version
}
