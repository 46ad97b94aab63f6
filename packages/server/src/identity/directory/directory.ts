import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import type { NamedPolicy } from '../../domain/policy/access.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { AliasRecord, KeyName, KeyRecord } from '../../domain/keys/record.ts'
import { Slices } from '../../platform/slices.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import { type AccessKeyRecord, accessKeyTable, unsealAccessKey } from '../../vault/records/access-key.ts'
import { type AccountRecord, accountTable } from '../../vault/records/account.ts'
import { aliasTable } from '../../vault/records/alias.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { type EntityNameRecord, entityNameTable } from '../../vault/records/entity-name.ts'
import { type GroupRecord, groupTable } from '../../vault/records/group.ts'
import { type InstanceProfileRecord, instanceProfileTable } from '../../vault/records/instance-profile.ts'
import { keyTable, type Place } from '../../vault/records/key.ts'
import { type ManagedPolicyRecord, managedPolicyTable } from '../../vault/records/managed-policy.ts'
import { type OidcProviderRecord, oidcProviderTable } from '../../vault/records/oidc-provider.ts'
import { type PrincipalRecord, principalTable } from '../../vault/records/principal.ts'
import type { Records } from '../../vault/records/records.ts'
import { settingTable } from '../../vault/records/setting.ts'
import type { Journal } from '../../vault/storage/journal.ts'
import type { Session } from '../accounts/caller.ts'
import { ChangeFeed } from './change-feed.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import type { GrantList } from './grant-lists.ts'
import { Identities } from './identities.ts'
import { aliasesOfKey } from './key-aliases.ts'
import { type Counts, KeyParts, type KeyPolicyValue } from './key-parts.ts'
import type { Permissions, PermissionSource } from './permissions.ts'
import { RecordCaches } from './record-caches.ts'
import type { SessionLimits } from './session-limits.ts'

/** A key's record with its row. */
export type KeyEntry = Authentic<KeyRecord>
/** An alias's record with its row. */
export type AliasEntry = Authentic<AliasRecord>

interface Vault {
  store: Pick<Journal, 'revision' | 'changesSince'>
  hierarchy: Sealing
  records: Records
}

/**
 * What requests look up, from memory where nothing has changed since it was read: records (record-caches.ts), what belongs to
 * keys (key-parts.ts), and what identities may do (identities.ts). Each of the three follows the change log by itself. A
 * record that is not authentic throws IntegrityError.
 */
export class Directory {
  /** Slices work that is too long for one turn of the event loop. */
  readonly slices = new Slices()
  readonly #records: Records
  readonly #hierarchy: Sealing
  readonly #compiled = new CompiledPolicies()
  readonly #caches: RecordCaches
  readonly #keyParts: KeyParts
  readonly #identities: Identities
  readonly #secrets = new WeakMap<Authentic<AccessKeyRecord>, Secret>()
  readonly #feed: ChangeFeed

  constructor({ store, hierarchy, records }: Vault) {
    const [compiled, slices] = [this.#compiled, this.slices]
    this.#records = records
    this.#hierarchy = hierarchy
    this.#caches = new RecordCaches(records)
    this.#keyParts = new KeyParts({ records, caches: this.#caches, hierarchy, compiled, slices })
    this.#identities = new Identities(this.#caches, compiled)
    this.#feed = new ChangeFeed(store, [this.#caches, this.#keyParts, this.#identities])
  }

  /** Brings every cache up to the newest commit of any process. */
  catchUp(): Promise<void> {
    return this.#feed.catchUp()
  }

  /** How often a record was in memory, and how often it had to be read. */
  get recordUse(): { hits: number; misses: number } {
    return this.#caches.use
  }

  key(name: KeyName): Promise<KeyEntry | undefined> {
    return this.#caches.get(keyTable, name)
  }

  alias(place: Place, name: string): Promise<AliasEntry | undefined> {
    return this.#caches.get(aliasTable, { ...place, name })
  }

  /** Returns the names of a key's aliases, in order. */
  aliasesOf(key: KeyRecord): Promise<readonly string[]> {
    return aliasesOfKey(key, { records: this.#records })
  }

  keyPolicy(key: KeyName): Promise<KeyPolicyValue | undefined> {
    return this.#keyParts.policy(key)
  }

  /** Compiles a key policy that is not stored. */
  compiledKeyPolicy(name: string, policy: BoundPolicy): NamedPolicy {
    return this.#compiled.named(name, 'key', policy)
  }

  /** {@link KeyParts.grants} */
  grants(key: KeyName, party: string): GrantList | Promise<GrantList> {
    return this.#keyParts.grants(key, party)
  }

  /** Returns the number of rows per owner, as accurate as {@link RowCounts} defines. */
  counts<T extends keyof Counts>(table: T): Counts[T] {
    return this.#keyParts.counts[table]
  }

  /** {@link KeyParts.material} */
  material(key: KeyRecord, materialId: string): Promise<KeyObject | undefined> {
    return this.#keyParts.material(key, materialId)
  }

  /** {@link KeyParts.publicKey} */
  publicKey(key: KeyRecord, materialId: string): Promise<KeyObject | undefined> {
    return this.#keyParts.publicKey(key, materialId)
  }

  /** A setting of the whole data folder. */
  async setting(name: string): Promise<string | undefined> {
    return (await this.#caches.get(settingTable, { name }))?.value.text
  }

  account(accountId: string): Promise<Authentic<AccountRecord> | undefined> {
    return this.#caches.get(accountTable, { accountId })
  }

  principal(principalId: string): Promise<Authentic<PrincipalRecord> | undefined> {
    return this.#caches.get(principalTable, { principalId })
  }

  group(groupId: string): Promise<Authentic<GroupRecord> | undefined> {
    return this.#caches.get(groupTable, { groupId })
  }

  managedPolicy(policyId: string): Promise<Authentic<ManagedPolicyRecord> | undefined> {
    return this.#caches.get(managedPolicyTable, { policyId })
  }

  /** {@link Identities.managedPolicyByArn} */
  managedPolicyByArn(arn: string): Promise<Authentic<ManagedPolicyRecord> | undefined> {
    return this.#identities.managedPolicyByArn(arn)
  }

  /** {@link Identities.managedPolicyOf} */
  managedPolicyOf(reference: PolicyReference): Promise<Authentic<ManagedPolicyRecord> | undefined> {
    return this.#identities.managedPolicyOf(reference)
  }

  instanceProfile(profileId: string): Promise<Authentic<InstanceProfileRecord> | undefined> {
    return this.#caches.get(instanceProfileTable, { profileId })
  }

  /** Returns the entity with this name, which is case-insensitive. */
  entityName(
    named: Pick<EntityNameRecord, 'accountId' | 'kind' | 'name'>,
  ): Promise<Authentic<EntityNameRecord> | undefined> {
    return this.#caches.get(entityNameTable, named)
  }

  /** Returns the account's OpenID Connect provider; `provider` is the issuer without `https://`. */
  oidcProvider(
    named: Pick<OidcProviderRecord, 'accountId' | 'provider'>,
  ): Promise<Authentic<OidcProviderRecord> | undefined> {
    return this.#caches.get(oidcProviderTable, named)
  }

  accessKey(accessKeyId: string): Promise<Authentic<AccessKeyRecord> | undefined> {
    return this.#caches.get(accessKeyTable, { accessKeyId })
  }

  /** The secret access key, unsealed once for as long as the record is in memory. */
  async secretOf(accessKey: Authentic<AccessKeyRecord>): Promise<Secret> {
    const known = this.#secrets.get(accessKey)
    if (known !== undefined) return known
    const secret = await unsealAccessKey(accessKey, this.#hierarchy)
    this.#secrets.set(accessKey, secret)
    return secret
  }

  /** {@link Identities.changes} */
  get identityChanges(): number {
    return this.#identities.changes
  }

  /** {@link Identities.permissions} */
  permissions(principalId: string): Promise<Permissions | undefined> {
    return this.#identities.permissions(principalId)
  }

  /** {@link Identities.sessionLimits} */
  sessionLimits(session: Session): Promise<SessionLimits | undefined> {
    return this.#identities.sessionLimits(session)
  }

  /** {@link Identities.source} */
  get policySource(): PermissionSource {
    return this.#identities.source
  }

  /** Compiles a role's trust policy. */
  trustPolicy(name: string, trust: BoundPolicy): NamedPolicy {
    return this.#compiled.named(name, 'trust', trust)
  }
}
