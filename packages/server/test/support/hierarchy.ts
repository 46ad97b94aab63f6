import { domainOf } from '../../src/vault/records/tables.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemRandom } from '../../src/crypto/random.ts'
import { type Hierarchy, openHierarchy } from '../../src/vault/hierarchy/hierarchy.ts'
import { ephemeralRoot } from '../../src/vault/root/ephemeral-root.ts'
import type { UnsealedRoot } from '../../src/vault/root/root.ts'
import { openSqliteStore } from '../../src/vault/storage/sqlite/sqlite-store.ts'
import type { Row, Store } from '../../src/vault/storage/store.ts'

/** One database that several hierarchies, each with a store of its own like a process of its own, can open. */
export interface Shared {
  root: UnsealedRoot
  /** A store for the test itself: it writes whatever it is given. */
  store: Store
  /** Another process on the same database. */
  open(options?: { root?: UnsealedRoot; keyring?: number; wrap?: (store: Store) => Store }): Promise<Hierarchy>
}

export async function sharedDatabase(t: TestContext): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-hierarchy-'))
  const stores: Store[] = []
  const root = await newRoot()
  t.after(async () => {
    for (const store of stores) await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const openStore = async (): Promise<Store> => {
    const ledgerKey = await root.ledgerKey()
    const store = await openSqliteStore({ file: join(folder, 'keyhold.db'), create: true, ledgerKey })
    stores.push(store)
    return store
  }
  return {
    root,
    store: await openStore(),
    async open({ root: otherRoot = root, keyring = 100, wrap = (store: Store) => store } = {}) {
      const store = wrap(await openStore())
      return openHierarchy({ root: otherRoot, store, random: systemRandom, domainOf, limits: { keyring } })
    },
  }
}

/** The root of a data folder that there is nowhere else. */
export function newRoot(): Promise<UnsealedRoot> {
  const provider = ephemeralRoot(systemRandom)
  return provider.unseal(provider.id)
}

/** A view of `store` that lists what `listed` makes of its rows. */
export function listing(store: Store, listed: (rows: Row[], owner: string) => Row[]): Store {
  return {
    get: (...args) => store.get(...args),
    listByOwner: async (table, owner, page) => listed(await store.listByOwner(table, owner, page), owner),
    list: (...args) => store.list(...args),
    listByTarget: (...args) => store.listByTarget(...args),
    countByOwner: (...args) => store.countByOwner(...args),
    listDue: (...args) => store.listDue(...args),
    commit: (commit) => store.commit(commit),
    revision: () => store.revision(),
    changesSince: (revision) => store.changesSince(revision),
    pendingAudit: (limit) => store.pendingAudit(limit),
    relayedAudit: (eventIds) => store.relayedAudit(eventIds),
    ledger: () => store.ledger(),
    beginLedger: (commit) => store.beginLedger(commit),
    acceptRows: (commit) => store.acceptRows(commit),
    rewrite: (step) => store.rewrite(step),
    advance: (commit, least) => store.advance(commit, least),
    inspectLedger: (signal) => store.inspectLedger(signal),
    close: () => store.close(),
  }
}

/** The row of a domain key, as the database holds it. */
export async function domainKeyRow(store: Store, id: string): Promise<Row> {
  const row = await store.get('domain_key', id)
  if (row === undefined) throw new Error(`there is no domain key ${id}`)
  return row
}

/** Gives the domain another generation, and retires the ones before it. Returns its number. */
export async function nextGeneration(hierarchy: Hierarchy, store: Store, domain: string): Promise<number> {
  const made = { madeMs: 0, madeSeen: { clock: 'c', seenMs: 0 } }
  const wait = { clock: 'c', untilMs: 0, stops: 0 }
  const next = await hierarchy.nextGeneration(domain, made, { atMs: 0, wait })
  if (next === undefined) throw new Error(`the domain ${domain} has no key`)
  await store.commit({ id: systemRandom.uuid(), expect: [], put: next.rows, delete: [], audit: [] })
  hierarchy.forgetDomainKeys()
  return next.generation
}
