import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Random } from '../../platform/random.ts'
import type { UnsealedRoot } from '../root/root.ts'
import { everyRow } from '../storage/page.ts'
import { IntegrityError } from './sealing.ts'
import type { Row, Store } from '../storage/store.ts'
import { DomainKey } from './domain-key.ts'
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

/** All generations of one domain's key by number. Empty if the domain has none yet. */
type Generations = ReadonlyMap<number, DomainKey>

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
  async newest(domain: string): Promise<DomainKey> {
    const known = newestOf(await (this.#domains.get(domain) ?? this.#reload(domain)))
    return known ?? this.#create(domain, 1)
  }

  /**
   * Returns one generation, or `undefined` if the store has no such row. Another process can have created it just now.
   */
  async generation(domain: string, generation: number): Promise<DomainKey | undefined> {
    const known = (await this.#domains.get(domain))?.get(generation)
    return known ?? (await this.#reload(domain)).get(generation)
  }

  /**
   * Returns one generation from memory, and the newest as a substitute, for generation numbers in unauthenticated
   * input, which must not cause reads of the store. Memory is complete: {@link forgetAll} is called after every change
   * of a domain's keys.
   */
  async known(domain: string, generation: number): Promise<{ key?: DomainKey; newest?: DomainKey }> {
    const generations = await (this.#domains.get(domain) ?? this.#reload(domain))
    const [key, newest] = [generations.get(generation), newestOf(generations)]
    return { ...(key && { key }), ...(newest && { newest }) }
  }

  /** Whether the domain has a key. Keeps nothing in memory: strangers choose the names that are asked about. */
  async has(domain: string): Promise<boolean> {
    const row = await this.#store.get('domain_key', rowId(domain, 1))
    if (row !== undefined) await this.#unwrap(domain, row)
    return row !== undefined
  }

  /** Creates the next generation. If several processes do so at once, one succeeds and all use its key. */
  async rotate(domain: string): Promise<DomainKey> {
    const newest = newestOf(await this.#reload(domain))
    return this.#create(domain, (newest?.generation ?? 0) + 1)
  }

  /**
   * Begins the ledger of a database that an older Keyhold wrote, together with a generation of `global` that records
   * this. Throws {@link IntegrityError} if a generation records it already, or if there is none: the ledger was then
   * removed.
   */
  async beginLedger(): Promise<void> {
    const rows = await Array.fromAsync(everyRow((page) => this.#store.listByOwner('domain_key', GLOBAL, page)))
    const keys = await Promise.all(rows.map((row) => this.#unwrap(GLOBAL, row)))
    const newest = Math.max(0, ...keys.map(({ generation }) => generation))
    if (rows.length === 0) throw new IntegrityError('the database has no domain key: it was emptied')
    if (rows.some(saysLedger)) throw new IntegrityError('the ledger of the database was removed')
    const row = await this.#freshRow(GLOBAL, newest + 1)
    const expect = [{ table: row.table, id: row.id, version: 0 }]
    // If several processes do so at once, one succeeds; for the others the ledger has already begun.
    await this.#store.beginLedger({ id: this.#random.uuid(), expect, put: [row], delete: [], audit: [] })
    await this.#reload(GLOBAL)
  }

  /** The MAC of a domain key's row, by the root of trust. */
  rowMac(row: Omit<Row, 'mac'>): Promise<Uint8Array> {
    return this.#root.mac(['row-mac', row.table], macMessage(row))
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
    const generations = new Map<number, DomainKey>()
    for await (const row of everyRow((page) => this.#store.listByOwner('domain_key', domain, page))) {
      const key = await this.#unwrap(domain, row)
      generations.set(key.generation, key)
    }
    return generations
  }

  /** Commits a new key if this generation does not exist yet, and returns the stored one. */
  async #create(domain: string, generation: number): Promise<DomainKey> {
    const row = await this.#freshRow(domain, generation)
    const expect = [{ table: row.table, id: row.id, version: 0 }]
    await this.#store.commit({ id: this.#random.uuid(), expect, put: [row], delete: [], audit: [] })
    const stored = newestOf(await this.#reload(domain))
    if (stored === undefined) throw new Error(`the store lost the domain key ${row.id}`)
    return stored
  }

  async #freshRow(domain: string, generation: number): Promise<Row> {
    using secret = this.#random.secret(DOMAIN_KEY_BYTES)
    const row = {
      table: 'domain_key' as const,
      id: rowId(domain, generation),
      owner: domain,
      target: '',
      dueMs: null,
      version: 1,
      generation: 0,
      body: JSON.stringify({ rootId: this.#root.id, rootGeneration: this.#root.generation, ledger: true }),
      sealed: await this.#root.wrap(wrapContext(domain, generation), secret),
    }
    return { ...row, mac: await this.rowMac(row) }
  }

  async #unwrap(domain: string, row: Row): Promise<DomainKey> {
    const genuine = equalInConstantTime(row.mac, await this.rowMac(row))
    const generation = Number(row.id.slice(domain.length + 1)) // a genuine row has an id that rowId() made
    const context = wrapContext(domain, generation)
    const secret = genuine && row.sealed ? await this.#root.unwrap(context, row.sealed) : undefined
    if (secret !== undefined) return new DomainKey(domain, generation, secret)
    throw new IntegrityError(`the domain key ${row.id} does not belong to the root ${this.#root.id}, or was modified`)
  }
}

/** Returns `undefined` without generations: the maximum is then -Infinity, which no generation has. */
function newestOf(generations: Generations): DomainKey | undefined {
  return generations.get(Math.max(...generations.keys()))
}

/** Returns whether the database had a ledger when the key was created. The row must be verified. */
function saysLedger(row: Row): boolean {
  return (JSON.parse(row.body) as { ledger?: boolean }).ledger === true
}

function rowId(domain: string, generation: number): string {
  return `${domain}/${generation}`
}

function wrapContext(domain: string, generation: number): string[] {
  return ['domain-key', domain, String(generation)]
}
