import type { KeyObject } from 'node:crypto'
import { publicKeyOfDer } from '../../crypto/asymmetric/raw-key.ts'
import type { NamedPolicy } from '../../domain/policy/access.ts'
import { MAX_AWS_MANAGED_KEYS, RESOURCE_QUOTAS } from '../../domain/keys/quotas.ts'
import type { KeyName, KeyRecord } from '../../domain/keys/record.ts'
import { keySpec } from '../../domain/keys/specs.ts'
import type { Slices } from '../../platform/slices.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import type { Change } from '../../vault/storage/journal.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { grantTable } from '../../vault/records/grant.ts'
import { keyTable, type Place } from '../../vault/records/key.ts'
import { materialTable, type StoredMaterial } from '../../vault/records/material.ts'
import { type KeyPolicyRecord, policyTable } from '../../vault/records/policy.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Table } from '../../vault/records/table.ts'
import type { ChangeListener } from './change-feed.ts'
import { asksForAliases, type CompiledPolicies } from './compiled-policies.ts'
import { type GrantList, GrantLists, grantSource } from './grant-lists.ts'
import { Derived, type RecordCaches } from './record-caches.ts'
import { type CountLimits, RowCounts } from './row-counts.ts'

/** A key's policy: as it was put, and compiled. */
export interface KeyPolicyValue {
  stored: Authentic<KeyPolicyRecord>
  named: NamedPolicy
  /**
   * As for identity policies: looked up here, so that the caller's own policies do not determine whether a condition
   * key has a value.
   */
  asksForAliases: boolean
}

interface Dependencies {
  records: Records
  caches: RecordCaches
  hierarchy: Sealing
  compiled: CompiledPolicies
  slices: Slices
}

/** How many keys an account has in a Region, and how many grants a key has. */
export interface Counts {
  readonly key: RowCounts<Place>
  readonly grant: RowCounts<KeyName>
}

/** About a kilobyte each. */
const MAX_GRANTS = 150_000

/** What belongs to KMS keys beside their own records: policies, materials and grants. */
export class KeyParts implements ChangeListener {
  readonly #caches: RecordCaches
  readonly #hierarchy: Sealing
  readonly #policies: Derived<KeyPolicyRecord, KeyPolicyValue>
  /** Of pairs: for everybody, so that nothing is unwrapped for what needs no private key. */
  readonly #publicKeys = new Derived<StoredMaterial, KeyObject | undefined>(({ value: { publicKey } }) =>
    publicKey === undefined ? undefined : publicKeyOfDer(Buffer.from(publicKey, 'base64')),
  )
  readonly #grants: GrantLists
  /** How many rows each owner has, of tables whose quotas are too high to count up to each time. */
  readonly counts: Counts

  constructor({ records, caches, hierarchy, compiled, slices }: Dependencies) {
    this.#caches = caches
    this.#hierarchy = hierarchy
    this.#policies = new Derived((stored) => keyPolicyValue(stored, compiled))
    this.#grants = new GrantLists(grantSource(records), slices, MAX_GRANTS)
    this.counts = countsIn(records)
  }

  async policy(key: KeyName): Promise<KeyPolicyValue | undefined> {
    const stored = await this.#caches.get(policyTable, key)
    return stored && this.#policies.of(stored)
  }

  /** Returns the grants on a key whose grantee has exactly this name, including those that are not effective yet. */
  grants(key: KeyName, party: string): GrantList | Promise<GrantList> {
    return this.#grants.get(key, party)
  }

  /**
   * Returns one material of a key, ready for use, or `undefined` if the key does not have it (any more, or at present).
   */
  async material({ region, keyId, spec }: KeyRecord, materialId: string): Promise<KeyObject | undefined> {
    const stored = await this.#caches.get(materialTable, { region, keyId, materialId })
    return stored?.sealed && this.#hierarchy.material(stored, keySpec(spec))
  }

  /** Returns the public half of one material of a key, or `undefined` if there is none. */
  async publicKey({ region, keyId }: KeyName, materialId: string): Promise<KeyObject | undefined> {
    const stored = await this.#caches.get(materialTable, { region, keyId, materialId })
    return stored && this.#publicKeys.of(stored)
  }

  changed({ table, id }: Change): void {
    if (table === 'key' || table === 'grant') this.counts[table].changed()
    if (table === 'grant') this.#grants.changed(id)
    if (table === 'material') this.#hierarchy.forget(id)
    // Another process may have made a generation, or destroyed one. Material that is in memory stays what it is.
    if (table === 'domain_key') this.#hierarchy.forgetDomainKeys()
  }

  lost(): void {
    for (const known of [this.#grants, this.counts.key, this.counts.grant]) known.clear()
    this.#hierarchy.forgetAll()
  }
}

function keyPolicyValue(stored: Authentic<KeyPolicyRecord>, compiled: CompiledPolicies): KeyPolicyValue {
  const { text, bindings } = stored.value
  const named = compiled.named(`key policy of ${stored.id}`, 'key', { text, ...(bindings && { bindings }) })
  return { stored, named, asksForAliases: asksForAliases(text) }
}

/** AWS managed keys are counted with the others. */
function countsIn(records: Records): Counts {
  const { keys, grantsPerKey } = RESOURCE_QUOTAS
  const ofKeys = { exactFrom: keys, most: keys + MAX_AWS_MANAGED_KEYS }
  const ofGrants = { exactFrom: grantsPerKey, most: grantsPerKey }
  return { key: rowCounts(keyTable, ofKeys, records), grant: rowCounts(grantTable, ofGrants, records) }
}

function rowCounts<T, I, Owner>(table: Table<T, I, Owner>, limits: CountLimits, records: Records): RowCounts<Owner> {
  return new RowCounts(limits, {
    name: (owner) => table.owner(owner),
    count: (owner, most) => records.countByOwner(table, owner, most),
  })
}
