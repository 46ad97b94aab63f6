import type { KeyObject } from 'node:crypto'
import { parseArn } from '@keyhold/protocol'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import type { NamedPolicy } from '../../domain/policy/access.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { EntityKind } from '../../vault/records/entity-name.ts'
import { nameInArn } from '../accounts/entity-arns.ts'
import type { Session } from '../accounts/caller.ts'
import { entityNameId } from '../accounts/entity-rows.ts'
import type { AccountRecord } from '../../vault/records/account.ts'
import type { EntityNameRecord } from '../../vault/records/entity-name.ts'
import { type GroupRecord, readGroup } from '../../vault/records/group.ts'
import type { InstanceProfileRecord } from '../../vault/records/instance-profile.ts'
import type { ManagedPolicyRecord } from '../../vault/records/managed-policy.ts'
import type { OidcProviderRecord } from '../../vault/records/oidc-provider.ts'
import { type PrincipalRecord, readPrincipal } from '../../vault/records/principal.ts'
import { MAX_AWS_MANAGED_KEYS, RESOURCE_QUOTAS } from '../../domain/keys/quotas.ts'
import type { AliasRecord, KeyRecord } from '../../domain/keys/record.ts'
import { keySpec } from '../../domain/keys/specs.ts'
import { Slices } from '../../platform/slices.ts'
import { aliasTable } from '../../vault/records/alias.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { keyTable } from '../../vault/records/key.ts'
import { materialTable } from '../../vault/records/material.ts'
import { policyTable } from '../../vault/records/policy.ts'
import type { Records } from '../../vault/records/records.ts'
import { oidcProviderRowId } from '../../vault/storage/row-ids.ts'
import type { Change, Row, Store, TableName } from '../../vault/storage/store.ts'
import { type AccessKeyValue, readAccessKey } from './access-key-value.ts'
import { ChangeFeed } from './change-feed.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import { type GrantList, GrantLists, grantSource } from './grant-lists.ts'
import { aliasesOfKey } from './key-aliases.ts'
import { type KeyPolicyValue, keyPolicyValue } from './key-policy.ts'
import { ListCache } from './list-cache.ts'
import { type MaterialValue, materialValue } from './material.ts'
import { gatherPermissions, type Permissions, type PermissionSource } from './permissions.ts'
import { RowCounts } from './row-counts.ts'
import { type SessionLimits, sessionLimits } from './session-limits.ts'
import { cachedRows, cachedTable, derivedTable, type TableCache } from './table-cache.ts'
import { body, type Entry } from '../../vault/records/entry.ts'

export type KeyEntry = Authentic<KeyRecord>
export type AliasEntry = Authentic<AliasRecord>

/** Tables whose rows have quotas that are too high to count up to each time. AWS managed keys are counted with the others. */
const COUNTED = {
  key: { exactFrom: RESOURCE_QUOTAS.keys, most: RESOURCE_QUOTAS.keys + MAX_AWS_MANAGED_KEYS },
  grant: { exactFrom: RESOURCE_QUOTAS.grantsPerKey, most: RESOURCE_QUOTAS.grantsPerKey },
}
type CountedTable = keyof typeof COUNTED

const MAX_PRINCIPALS = 50_000
/** About a kilobyte each. */
const MAX_GRANTS = 150_000
/** Tables whose rows take part in what a principal may do. */
const PERMISSION_TABLES: ReadonlySet<TableName> = new Set(['principal', 'group', 'managed_policy', 'entity_name'])

/**
 * What requests look up, from memory where nothing changed since it was read. Every row is authenticated before its
 * first use; one that somebody edited throws IntegrityError.
 */
export class Directory {
  readonly #store: Store
  readonly #hierarchy: Hierarchy
  readonly #records: Records
  readonly #feed: ChangeFeed
  readonly #compiled = new CompiledPolicies()
  /** For work on what is looked up that is too long for one turn of the event loop. */
  readonly slices = new Slices()
  readonly #source: PermissionSource = {
    principal: async (id) => (await this.principal(id))?.value,
    group: async (id) => (await this.group(id))?.value,
    managedPolicy: async (reference) => (await this.managedPolicyOf(reference))?.value,
  }
  readonly #caches: Partial<Record<TableName, Pick<TableCache<unknown>, 'invalidate' | 'clear'>>>
  readonly #keys: TableCache<KeyEntry>
  readonly #policies: TableCache<KeyPolicyValue>
  readonly #materials: TableCache<MaterialValue>
  readonly #aliases: TableCache<AliasEntry>
  readonly #accounts: TableCache<Entry<AccountRecord>>
  readonly #principals: TableCache<Entry<PrincipalRecord>>
  readonly #groups: TableCache<Entry<GroupRecord>>
  readonly #managedPolicies: TableCache<Entry<ManagedPolicyRecord>>
  readonly #instanceProfiles: TableCache<Entry<InstanceProfileRecord>>
  readonly #entityNames: TableCache<Entry<EntityNameRecord>>
  readonly #accessKeys: TableCache<Entry<AccessKeyValue>>
  readonly #oidcProviders: TableCache<Entry<OidcProviderRecord>>
  readonly #settings: TableCache<Entry<string>>
  readonly #permissions: ListCache<Permissions | 'nobody'>
  readonly #grants: GrantLists
  readonly #counts: Readonly<Record<CountedTable, RowCounts>>
  #identityChanges = 0

  constructor({ store, hierarchy, records }: { store: Store; hierarchy: Hierarchy; records: Records }) {
    this.#store = store
    this.#hierarchy = hierarchy
    this.#records = records
    this.#feed = new ChangeFeed(store, { changed: (change) => this.#changed(change), lost: () => this.#lost() })
    const cache = <T>(table: TableName, load: (row: Row) => T | Promise<T>): TableCache<Entry<T>> =>
      cachedRows(async (id) => {
        const row = await store.get(table, id)
        return row && hierarchy.verify(row)
      }, load)
    this.#keys = cachedTable(keyTable, records)
    this.#policies = derivedTable(policyTable, records, (stored) => keyPolicyValue(stored, this.#compiled))
    this.#materials = derivedTable(materialTable, records, materialValue)
    this.#aliases = cachedTable(aliasTable, records)
    this.#accounts = cache('account', body<AccountRecord>)
    this.#principals = cache('principal', (row) => readPrincipal(row.body))
    this.#groups = cache('group', (row) => readGroup(row.body))
    this.#managedPolicies = cache('managed_policy', body<ManagedPolicyRecord>)
    this.#instanceProfiles = cache('instance_profile', body<InstanceProfileRecord>)
    this.#entityNames = cache('entity_name', body<EntityNameRecord>)
    this.#accessKeys = cache('access_key', (row) => readAccessKey(row, hierarchy))
    this.#oidcProviders = cache('oidc_provider', body<OidcProviderRecord>)
    this.#settings = cache('setting', (row) => row.body)
    this.#permissions = new ListCache(({ id }) => this.#gather(id), MAX_PRINCIPALS)
    this.#grants = new GrantLists(grantSource(records), this.slices, MAX_GRANTS)
    this.#counts = { key: this.#countsOf('key'), grant: this.#countsOf('grant') }
    this.#caches = {
      key: this.#keys,
      policy: this.#policies,
      material: this.#materials,
      alias: this.#aliases,
      account: this.#accounts,
      principal: this.#principals,
      group: this.#groups,
      managed_policy: this.#managedPolicies,
      instance_profile: this.#instanceProfiles,
      entity_name: this.#entityNames,
      access_key: this.#accessKeys,
      oidc_provider: this.#oidcProviders,
      setting: this.#settings,
    }
  }

  /** Brings every cache up to the newest commit, whichever process made it. */
  catchUp(): Promise<void> {
    return this.#feed.catchUp()
  }

  /** Grows with every change of a user, role, group or policy that is taken in: what was looked up before may be older. */
  get identityChanges(): number {
    return this.#identityChanges
  }

  key(region: string, keyId: string): Promise<KeyEntry | undefined> {
    return this.#keys.get(keyTable.id({ region, keyId }))
  }

  keyPolicy(region: string, keyId: string): Promise<KeyPolicyValue | undefined> {
    return this.#policies.get(policyTable.id({ region, keyId }))
  }

  alias(place: { accountId: string; region: string }, name: string): Promise<AliasEntry | undefined> {
    return this.#aliases.get(aliasTable.id({ ...place, name }))
  }

  /** The names of a key's aliases, in the order of their names. */
  aliasesOf(key: KeyRecord): Promise<readonly string[]> {
    return aliasesOfKey(key, { records: this.#records })
  }

  account(accountId: string): Promise<Entry<AccountRecord> | undefined> {
    return this.#accounts.get(accountId)
  }

  principal(principalId: string): Promise<Entry<PrincipalRecord> | undefined> {
    return this.#principals.get(principalId)
  }

  group(groupId: string): Promise<Entry<GroupRecord> | undefined> {
    return this.#groups.get(groupId)
  }

  managedPolicy(policyId: string): Promise<Entry<ManagedPolicyRecord> | undefined> {
    return this.#managedPolicies.get(policyId)
  }

  instanceProfile(profileId: string): Promise<Entry<InstanceProfileRecord> | undefined> {
    return this.#instanceProfiles.get(profileId)
  }

  /** Which entity has the name, in whatever case it is given. */
  entityName(accountId: string, kind: EntityKind, name: string): Promise<Entry<EntityNameRecord> | undefined> {
    return this.#entityNames.get(entityNameId(accountId, kind, name))
  }

  /** The customer's managed policy of this ARN. ARNs are compared exactly, as policies do that allow something to one. */
  async managedPolicyByArn(arn: string): Promise<Entry<ManagedPolicyRecord> | undefined> {
    const named = nameInArn('policy', parseArn(arn))
    const entry = named && (await this.entityName(named.accountId, 'policy', named.name))
    const isIts = entry?.value.path === named?.path && entry?.value.name === named?.name
    return entry && isIts ? this.managedPolicy(entry.value.entityId) : undefined
  }

  /** The customer's managed policy that is referred to: by its id, or by its ARN where an earlier build referred to it. */
  managedPolicyOf({ arn, id }: PolicyReference): Promise<Entry<ManagedPolicyRecord> | undefined> {
    return id === undefined ? this.managedPolicyByArn(arn) : this.managedPolicy(id)
  }

  accessKey(accessKeyId: string): Promise<Entry<AccessKeyValue> | undefined> {
    return this.#accessKeys.get(accessKeyId)
  }

  /** The OpenID Connect provider of the account; `provider` is the issuer without `https://`. */
  oidcProvider(accountId: string, provider: string): Promise<Entry<OidcProviderRecord> | undefined> {
    return this.#oidcProviders.get(oidcProviderRowId(accountId, provider))
  }

  /** The body of a setting of the whole data folder. */
  setting(name: string): Promise<Entry<string> | undefined> {
    return this.#settings.get(name)
  }

  /** What a user or role may do, or `undefined` when there is none (any more). */
  async permissions(principalId: string): Promise<Permissions | undefined> {
    const known = this.#permissions.peek({ group: principalId, id: principalId })
    const found = known ?? (await this.#permissions.get({ group: principalId, id: principalId }))
    return found === 'nobody' ? undefined : found
  }

  /** What limits a session, or `undefined` where nothing does. */
  sessionLimits(session: Session): Promise<SessionLimits | undefined> {
    return sessionLimits(session, this.#source, this.#compiled)
  }

  /** Where the policies of users, roles and groups are found. */
  get policySource(): PermissionSource {
    return this.#source
  }

  /** A key policy that is not stored, ready to be asked. */
  compiledKeyPolicy(name: string, policy: BoundPolicy): NamedPolicy {
    return this.#compiled.named(name, 'key', policy)
  }

  /** A role's trust policy, ready to be asked. */
  trustPolicy(name: string, trust: BoundPolicy): NamedPolicy {
    return this.#compiled.named(name, 'trust', trust)
  }

  /** The grants on a key whose grantee is named exactly so, those that are not visible yet included. */
  grants(region: string, keyId: string, party: string): GrantList | Promise<GrantList> {
    return this.#grants.get({ region, keyId }, party)
  }

  /** How many rows have this owner, as {@link RowCounts} say it. */
  counts(table: CountedTable): RowCounts {
    return this.#counts[table]
  }

  /** One material of a key, ready for use, or `undefined` when the key has none such, or not any more, or not for now. */
  async material({ region, keyId, spec }: KeyRecord, materialId: string): Promise<KeyObject | undefined> {
    const stored = (await this.#materials.get(materialTable.id({ region, keyId, materialId })))?.stored
    return stored?.sealed && this.#hierarchy.material(stored.row, keySpec(spec))
  }

  /** The public half of one material of a key, or `undefined` when there is none. */
  async publicKey({ region, keyId }: KeyRecord, materialId: string): Promise<KeyObject | undefined> {
    return (await this.#materials.get(materialTable.id({ region, keyId, materialId })))?.publicKey
  }

  #changed({ table, id }: Change): void {
    this.#caches[table]?.invalidate(id)
    if (PERMISSION_TABLES.has(table)) this.#identitiesChanged()
    if (table === 'key' || table === 'grant') this.#counts[table].changed()
    if (table === 'grant') this.#grants.changed(id)
    if (table === 'material') this.#hierarchy.forget(id)
    if (table === 'domain_key') this.#hierarchy.forgetAll() // another process may have made a new generation
  }

  #identitiesChanged(): void {
    this.#identityChanges++
    this.#permissions.clear()
  }

  #lost(): void {
    for (const cache of Object.values(this.#caches)) cache.clear()
    for (const lists of [this.#grants, ...Object.values(this.#counts)]) lists.clear()
    this.#identitiesChanged()
    this.#hierarchy.forgetAll()
  }

  #countsOf(table: CountedTable): RowCounts {
    return new RowCounts(COUNTED[table], (owner, most) => this.#store.countByOwner(table, owner, most))
  }

  async #gather(principalId: string): Promise<Permissions | 'nobody'> {
    return (await gatherPermissions(principalId, this.#source, this.#compiled)) ?? 'nobody'
  }
}
