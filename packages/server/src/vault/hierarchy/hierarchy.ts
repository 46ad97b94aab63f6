import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import { keyOfMaterial } from '../../crypto/key-material.ts'
import type { KeySpec } from '../../domain/keys/specs.ts'
import type { Random } from '../../platform/random.ts'
import type { UnsealedRoot } from '../root/root.ts'
import type { Expectation, Row, Store } from '../storage/store.ts'
import type { TableName } from '../storage/table-name.ts'
import type { DomainKey, PortableDomainKey } from './domain-key.ts'
import { domainKeyId, type GenerationFacts, type Made, type Retirement } from './domain-key-row.ts'
import { DomainKeys } from './domain-keys.ts'
import { Keyring } from './keyring.ts'
import { unsealMaterial } from './material.ts'
import { movedRow } from './moved-row.ts'
import { macMessage, requireMac } from './row-mac.ts'
import {
  comesWithRequests,
  IntegrityError,
  type Purpose,
  type SealedAs,
  type SealedBytes,
  type Sealing,
  type StoredSecret,
} from './sealing.ts'

/** A row before its MAC and generation are set. */
export type UnsealedRow = Omit<Row, 'generation' | 'mac'>

/**
 * The keys between the root of trust and all stored data. Exists only after the root is open: code that needs it cannot
 * be called without it. Domains are Regions, and `global` for data that belongs to no Region.
 */
export interface Hierarchy extends Sealing {
  /**
   * Completes a row under the newest generation, for a commit that requires `under`: that no other took its place. Sealed
   * bytes of an older generation are sealed again, as `sealedAs` says. Rejects with {@link IntegrityError} if theirs is
   * not there any more.
   */
  complete(row: UnsealedRow, sealed?: { generation: number; sealedAs: SealedAs | undefined }): Promise<CompleteRow>
  /** Every generation of every domain, as its row says. Rejects with {@link IntegrityError} for one that is not authentic. */
  generations(): ReturnType<DomainKeys['facts']>
  /** {@link DomainKeys.next} */
  nextGeneration(
    domain: string,
    made: Made,
    retired: Retirement,
  ): Promise<{ generation: number; rows: Row[] } | undefined>
  /** {@link DomainKeys.retiredAgain} */
  retiredAgain(known: readonly GenerationFacts[], retired: Retirement): Promise<Row[]>
  /** {@link DomainKeys.rewrapped} */
  rewrappedKeys(root: UnsealedRoot): Promise<Row[]>
  /** Every generation of a domain that is stored now, oldest first, for a thread that moves rows to the newest. */
  portableKeys(domain: string): Promise<PortableDomainKey[]>
  /** Returns the row. Throws {@link IntegrityError} if its MAC does not verify, in constant time. */
  verify(row: Row): Promise<Row>
  /** How often key material was in memory when it was needed, and how often it had to be unwrapped. */
  readonly keyringUse: { hits: number; misses: number }
}

/** A row, and the condition under which it may be written. */
export interface CompleteRow {
  row: Row
  under: Expectation
}

/** The domain whose keys protect a row, as its table is declared; `''` for an id that lacks the part that names it. */
type DomainOf = (table: Exclude<TableName, 'domain_key'>, id: string) => string

/** What {@link openHierarchy} needs. */
export interface HierarchyOptions {
  root: UnsealedRoot
  store: Store
  random: Random
  domainOf: DomainOf
  /**
   * How to treat a database without a ledger. `begin`, the default: begin one for a database of an older Keyhold, and
   * refuse a database that had one. `ignore`: open it anyway, for operators who are about to accept its content.
   */
  ledger?: 'begin' | 'ignore'
  limits: {
    /** How many unwrapped keys are cached in memory. */
    keyring: number
  }
}

/**
 * Opens the hierarchy. Throws {@link IntegrityError} if the stored domain keys do not belong to this root. Begins the
 * ledger of a database that an older Keyhold wrote; writes nothing else.
 */
export async function openHierarchy({ limits, ledger = 'begin', ...context }: HierarchyOptions): Promise<Hierarchy> {
  const domainKeys = new DomainKeys(context)
  if (ledger === 'begin' && (await context.store.ledger()) === undefined) await domainKeys.beginLedger()
  // Detects a foreign root now instead of at the first request. Every used data folder has this domain.
  await domainKeys.stored('global')
  return new KeyHierarchy(domainKeys, new Keyring(limits.keyring), context)
}

class KeyHierarchy implements Hierarchy {
  readonly #domainKeys: DomainKeys
  readonly #keyring: Keyring
  readonly #random: Random
  readonly #domainOf: DomainOf

  constructor(
    domainKeys: DomainKeys,
    keyring: Keyring,
    { random, domainOf }: Pick<HierarchyOptions, 'random' | 'domainOf'>,
  ) {
    this.#domainKeys = domainKeys
    this.#keyring = keyring
    this.#random = random
    this.#domainOf = domainOf
  }

  async seal(domain: string, purpose: Purpose, context: readonly string[], secret: Secret): Promise<SealedBytes> {
    const { key } = await this.#domainKeys.newest(domain)
    return { generation: key.generation, bytes: key.seal(purpose, context, secret, this.#random) }
  }

  async unseal(
    domain: string,
    purpose: Purpose,
    context: readonly string[],
    { generation, bytes }: SealedBytes,
  ): Promise<Secret> {
    const secret = comesWithRequests(purpose)
      ? await this.#unsealKnown(domain, purpose, context, { generation, bytes })
      : (await this.#existing(domain, generation)).unseal(purpose, context, bytes)
    if (secret === undefined) throw new IntegrityError(`a sealed ${purpose} of ${domain} does not open`)
    return secret
  }

  /** Takes the same time for an existing and a missing generation. */
  async #unsealKnown(
    domain: string,
    purpose: Purpose,
    context: readonly string[],
    { generation, bytes }: SealedBytes,
  ): Promise<Secret | undefined> {
    const { key, newest } = await this.#domainKeys.known(domain, generation)
    const secret = (key ?? newest)?.unseal(purpose, context, bytes)
    if (key !== undefined) return secret
    secret?.wipe() // its number is wrong, which nothing that was sealed here has
    return undefined
  }

  async complete(
    row: UnsealedRow,
    sealed?: { generation: number; sealedAs: SealedAs | undefined },
  ): Promise<CompleteRow> {
    const domain = this.#domainOfNew(row)
    const { key: to, facts } = await this.#domainKeys.newest(domain)
    const isOlder = sealed !== undefined && sealed.generation !== to.generation
    const from = isOlder ? await this.#existing(domain, sealed.generation) : to
    const id = domainKeyId(domain, to.generation)
    return {
      row: movedRow(row, sealed?.sealedAs, { from, to }, this.#random),
      under: { table: 'domain_key', id, version: facts.version },
    }
  }

  generations(): ReturnType<DomainKeys['facts']> {
    return this.#domainKeys.facts()
  }

  nextGeneration(
    domain: string,
    made: Made,
    retired: Retirement,
  ): Promise<{ generation: number; rows: Row[] } | undefined> {
    return this.#domainKeys.next(domain, made, retired)
  }

  retiredAgain(known: readonly GenerationFacts[], retired: Retirement): Promise<Row[]> {
    return this.#domainKeys.retiredAgain(known, retired)
  }

  rewrappedKeys(root: UnsealedRoot): Promise<Row[]> {
    return this.#domainKeys.rewrapped(root)
  }

  async portableKeys(domain: string): Promise<PortableDomainKey[]> {
    return (await this.#domainKeys.stored(domain)).map(({ key }) => key.portable)
  }

  async verify(row: Row): Promise<Row> {
    return requireMac(row, await this.#rowMac(row))
  }

  material(stored: StoredSecret, spec: KeySpec): Promise<KeyObject> {
    return this.#keyring.get(stored, () => this.#unwrap(stored, spec))
  }

  get keyringUse(): { hits: number; misses: number } {
    return this.#keyring.use
  }

  forget(materialRowId: string): void {
    this.#keyring.forget(materialRowId)
  }

  takeRemains(): boolean {
    return this.#keyring.takeRemains()
  }

  forgetAll(): void {
    this.#keyring.forgetAll()
    this.#domainKeys.forgetAll()
  }

  hasDomain(domain: string): Promise<boolean> {
    return this.#domainKeys.has(domain)
  }

  forgetDomainKeys(): void {
    this.#domainKeys.forgetAll()
  }

  #domainOfNew({ table, id }: UnsealedRow): string {
    if (table === 'domain_key') throw new TypeError('only the hierarchy writes domain keys')
    const domain = this.#domainOf(table, id)
    if (domain === '') throw new TypeError(`the id of the row ${table} ${id} contains no domain`)
    return domain
  }

  async #unwrap({ id, sealed }: StoredSecret, spec: KeySpec): Promise<KeyObject> {
    if (sealed === undefined) throw new TypeError(`the row ${id} holds no key material`)
    return keyOfMaterial(spec, await unsealMaterial(this, id, sealed))
  }

  async #rowMac(row: Row): Promise<Uint8Array> {
    if (row.table === 'domain_key') return this.#domainKeys.rowMac(row)
    const key = await this.#existing(this.#domainOf(row.table, row.id), row.generation)
    return key.rowMac(row.table, macMessage(row))
  }

  async #existing(domain: string, generation: number): Promise<DomainKey> {
    const key = await this.#domainKeys.generation(domain, generation)
    if (key === undefined) throw new IntegrityError(`there is no domain key ${domain}/${generation}`)
    return key
  }
}
