import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { intoKeyObject } from '../../crypto/secret-key.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Random } from '../../platform/random.ts'
import type { UnsealedRoot } from '../root/root.ts'
import { everyRow } from '../storage/page.ts'
import { IntegrityError } from './sealing.ts'
import type { Row, Store } from '../storage/store.ts'
import { DomainKey } from './domain-key.ts'
import {
  type DomainKeyBody,
  domainKeyId,
  factsOf,
  type GenerationFacts,
  type Made,
  type Retirement,
} from './domain-key-row.ts'
import { macMessage } from './row-mac.ts'

const DOMAIN_KEY_BYTES = 32
const GLOBAL = 'global'
/** More domains than AWS has Regions. */
const MAX_DOMAINS_IN_MEMORY = 256

interface Context {
  root: UnsealedRoot
  store: Store
  random: Random
}

/** A generation with its key and what its row says. */
export interface Generation {
  key: DomainKey
  facts: GenerationFacts
}

/** All generations of one domain's key by number. Empty if the domain has none yet. */
type Generations = ReadonlyMap<number, Generation>

/** The domain keys: unwrapped from their rows on first use, and created when they first seal something. */
export class DomainKeys {
  readonly #root: UnsealedRoot
  readonly #store: Store
  readonly #random: Random
  /** Promises, so that concurrent requests for the same domain share one read. */
  readonly #domains = new BoundedCache<Promise<Generations>>(MAX_DOMAINS_IN_MEMORY)

  constructor({ root, store, random }: Context) {
    this.#root = root
    this.#store = store
    this.#random = random
  }

  /** Returns the generation that currently seals. Creates the domain's first key. */
  async newest(domain: string): Promise<Generation> {
    const known = newestOf(await (this.#domains.get(domain) ?? this.#reload(domain)))
    return known ?? newestOf(await this.#reload(domain)) ?? this.#create(domain)
  }

  /**
   * Returns one generation, or `undefined` if the store has no such row. Another process can have created it just now.
   */
  async generation(domain: string, generation: number): Promise<DomainKey | undefined> {
    const known = (await this.#domains.get(domain))?.get(generation)
    return (known ?? (await this.#reload(domain)).get(generation))?.key
  }

  /**
   * Returns one generation from memory, and the newest as a substitute, for generation numbers in unauthenticated
   * input, which must not cause reads of the store. Memory is complete: {@link forgetAll} is called after every change
   * of a domain's keys.
   */
  async known(domain: string, generation: number): Promise<{ key?: DomainKey; newest?: DomainKey }> {
    const generations = await (this.#domains.get(domain) ?? this.#reload(domain))
    const [key, newest] = [generations.get(generation)?.key, newestOf(generations)?.key]
    return { ...(key && { key }), ...(newest && { newest }) }
  }

  /** Whether the domain has a key. Keeps nothing in memory: strangers choose the names that are asked about. */
  async has(domain: string): Promise<boolean> {
    const [row] = await this.#store.listByOwner('domain_key', domain, { limit: 1 })
    if (row !== undefined) await this.#unwrap(row)
    return row !== undefined
  }

  /** Every generation of a domain that is stored now, oldest first. */
  async stored(domain: string): Promise<Generation[]> {
    const generations = [...(await this.#reload(domain)).values()]
    return generations.toSorted((a, b) => a.key.generation - b.key.generation)
  }

  /** What is stored now of every generation of every domain. */
  async facts(): Promise<(GenerationFacts & Pick<DomainKeyBody, 'rootGeneration'>)[]> {
    const rows = await Array.fromAsync(everyRow((page) => this.#store.list('domain_key', page)))
    for (const row of rows) await this.#verify(row)
    return rows.map(factsOf)
  }

  /**
   * The rows that give a domain its next generation and retire all others, for one commit. None of them may have changed
   * until then. Returns `undefined` if the domain has no key.
   */
  async next(
    domain: string,
    made: Made,
    retired: Retirement,
  ): Promise<{ generation: number; rows: Row[] } | undefined> {
    const stored = await Array.fromAsync(everyRow((page) => this.#store.listByOwner('domain_key', domain, page)))
    for (const row of stored) await this.#verify(row)
    if (stored.length === 0) return undefined
    const generation = Math.max(...stored.map((row) => factsOf(row).generation)) + 1
    const old = stored.filter((row) => factsOf(row).retired === undefined)
    const rows = await Promise.all(old.map((row) => this.#retired(row, retired)))
    return { generation, rows: [await this.#freshRow(domain, generation, made), ...rows] }
  }

  /** The rows of generations with another retirement, for one commit. Those that changed since they were read are left out. */
  async retiredAgain(known: readonly GenerationFacts[], retired: Retirement): Promise<Row[]> {
    const rows: Row[] = []
    for (const { domain, generation, version } of known) {
      const row = await this.#store.get('domain_key', domainKeyId(domain, generation))
      if (row?.version !== version) continue
      await this.#verify(row)
      rows.push(await this.#retired(row, retired))
    }
    return rows
  }

  /** The rows of all domain keys, wrapped and authenticated by another generation of the root, for one commit. */
  async rewrapped(root: UnsealedRoot): Promise<Row[]> {
    const rows: Row[] = []
    for await (const row of everyRow((page) => this.#store.list('domain_key', page))) {
      await this.#verify(row)
      const { domain, generation } = factsOf(row)
      using secret = row.sealed ? await this.#root.unwrap(wrapContext(domain, generation), row.sealed) : undefined
      if (secret === undefined) throw this.#foreign(row)
      const body: DomainKeyBody = { ...(JSON.parse(row.body) as DomainKeyBody), rootGeneration: root.generation }
      const sealed = await root.wrap(wrapContext(domain, generation), secret)
      const next = { ...row, version: row.version + 1, body: JSON.stringify(body), sealed }
      rows.push({ ...next, mac: await macOf(next, root) })
    }
    return rows
  }

  /**
   * Begins the ledger of a database that an older Keyhold wrote, together with a generation of `global` that records
   * this. Throws {@link IntegrityError} if a generation records it already, or if there is none: the ledger was then
   * removed.
   */
  async beginLedger(): Promise<void> {
    const rows = await Array.fromAsync(everyRow((page) => this.#store.listByOwner('domain_key', GLOBAL, page)))
    const keys = await Promise.all(rows.map((row) => this.#unwrap(row)))
    const newest = Math.max(0, ...keys.map(({ key }) => key.generation))
    if (rows.length === 0) throw new IntegrityError('the database has no domain key: it was emptied')
    if (rows.some((row) => factsOf(row).ledger === true)) {
      throw new IntegrityError('the ledger of the database was removed')
    }
    const row = await this.#freshRow(GLOBAL, newest + 1)
    const expect = [{ table: row.table, id: row.id, version: 0 }]
    // If several processes do so at once, one succeeds; for the others the ledger has already begun.
    await this.#store.beginLedger({ id: this.#random.uuid(), expect, put: [row], delete: [], audit: [] })
    await this.#reload(GLOBAL)
  }

  /** The MAC of a domain key's row, by the root of trust. */
  rowMac(row: Omit<Row, 'mac'>): Promise<Uint8Array> {
    return macOf(row, this.#root)
  }

  forgetAll(): void {
    this.#domains.clear()
  }

  #reload(domain: string): Promise<Generations> {
    const loading = this.#load(domain)
    this.#domains.set(domain, loading)
    loading.catch(() => this.#domains.delete(domain)) // a failure is reported to those that wait, and not cached
    return loading
  }

  async #load(domain: string): Promise<Generations> {
    const generations = new Map<number, Generation>()
    for await (const row of everyRow((page) => this.#store.listByOwner('domain_key', domain, page))) {
      const generation = await this.#unwrap(row)
      generations.set(generation.key.generation, generation)
    }
    return generations
  }

  /** Commits the domain's first key if there is none yet, and returns the stored one. */
  async #create(domain: string): Promise<Generation> {
    const row = await this.#freshRow(domain, 1)
    const expect = [{ table: row.table, id: row.id, version: 0 }]
    await this.#store.commit({ id: this.#random.uuid(), expect, put: [row], delete: [], audit: [] })
    const stored = newestOf(await this.#reload(domain))
    if (stored === undefined) throw new Error(`the store lost the domain key ${row.id}`)
    return stored
  }

  async #freshRow(domain: string, generation: number, made?: Made): Promise<Row> {
    using secret = this.#random.secret(DOMAIN_KEY_BYTES)
    const { id: rootId, generation: rootGeneration } = this.#root
    return this.#authenticated({
      table: 'domain_key' as const,
      id: domainKeyId(domain, generation),
      owner: domain,
      target: '',
      dueMs: null,
      version: 1,
      generation: 0,
      body: JSON.stringify({ rootId, rootGeneration, ledger: true, ...made } satisfies DomainKeyBody),
      sealed: await this.#root.wrap(wrapContext(domain, generation), secret),
    })
  }

  #retired(row: Row, retired: Retirement): Promise<Row> {
    const body: DomainKeyBody = { ...(JSON.parse(row.body) as DomainKeyBody), retired }
    return this.#authenticated({ ...row, version: row.version + 1, body: JSON.stringify(body) })
  }

  async #authenticated(row: Omit<Row, 'mac'>): Promise<Row> {
    return { ...row, mac: await this.rowMac(row) }
  }

  async #verify(row: Row): Promise<void> {
    if (!equalInConstantTime(row.mac, await this.rowMac(row))) throw this.#foreign(row)
  }

  async #unwrap(row: Row): Promise<Generation> {
    await this.#verify(row)
    const facts = factsOf(row)
    const { domain, generation } = facts
    const secret = row.sealed ? await this.#root.unwrap(wrapContext(domain, generation), row.sealed) : undefined
    if (secret === undefined) throw this.#foreign(row)
    return { key: new DomainKey({ domain, generation, key: intoKeyObject(secret) }), facts }
  }

  #foreign({ id }: Row): IntegrityError {
    return new IntegrityError(`the domain key ${id} does not belong to the root ${this.#root.id}, or was modified`)
  }
}

/** Returns `undefined` without generations: the maximum is then -Infinity, which no generation has. */
function newestOf(generations: Generations): Generation | undefined {
  return generations.get(Math.max(...generations.keys()))
}

function wrapContext(domain: string, generation: number): string[] {
  return ['domain-key', domain, String(generation)]
}

function macOf(row: Omit<Row, 'mac'>, root: UnsealedRoot): Promise<Uint8Array> {
  return root.mac(['row-mac', row.table], macMessage(row))
}
