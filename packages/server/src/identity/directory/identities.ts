import { parseArn } from '@keyhold/protocol'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { type EntityNameRecord, entityNameTable } from '../../vault/records/entity-name.ts'
import { groupTable } from '../../vault/records/group.ts'
import { type ManagedPolicyRecord, managedPolicyTable } from '../../vault/records/managed-policy.ts'
import { principalTable } from '../../vault/records/principal.ts'
import type { Change } from '../../vault/storage/journal.ts'
import type { TableName } from '../../vault/storage/table-name.ts'
import type { Session } from '../accounts/caller.ts'
import { nameInArn } from '../accounts/entity-arns.ts'
import type { ChangeListener } from './change-feed.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import { gatherPermissions, type Permissions, type PermissionSource } from './permissions.ts'
import type { RecordCaches } from './record-caches.ts'
import { type SessionLimits, sessionLimits } from './session-limits.ts'

const MAX_PRINCIPALS = 50_000

/** Tables whose rows affect a principal's permissions. */
const TABLES: ReadonlySet<TableName> = new Set(
  [principalTable, groupTable, managedPolicyTable, entityNameTable].map(({ name }) => name),
)

/** What users, roles and sessions may do by their own policies, gathered from the records that say it. */
export class Identities implements ChangeListener {
  readonly #records: RecordCaches
  readonly #compiled: CompiledPolicies
  readonly #gathered = new BoundedCache<Permissions | 'none'>(MAX_PRINCIPALS)
  #changes = 0

  /** Where the policies of users, roles and groups are found. */
  readonly source: PermissionSource = {
    principal: async (principalId) => (await this.#records.get(principalTable, { principalId }))?.value,
    group: async (groupId) => (await this.#records.get(groupTable, { groupId }))?.value,
    managedPolicy: async (reference) => (await this.managedPolicyOf(reference))?.value,
  }

  constructor(records: RecordCaches, compiled: CompiledPolicies) {
    this.#records = records
    this.#compiled = compiled
  }

  /** Increases with every change of a user, role, group or policy. Earlier lookups can then be outdated. */
  get changes(): number {
    return this.#changes
  }

  /** Returns the permissions of a user or role, or `undefined` if it does not exist (any more). */
  async permissions(principalId: string): Promise<Permissions | undefined> {
    const found = this.#gathered.get(principalId) ?? (await this.#gather(principalId))
    return found === 'none' ? undefined : found
  }

  /** Returns the limits of a session, or `undefined` if it has none. */
  sessionLimits(session: Session): Promise<SessionLimits | undefined> {
    return sessionLimits(session, this.source, this.#compiled)
  }

  /** Returns the customer managed policy of this ARN. ARNs are compared exactly, as policies compare them. */
  async managedPolicyByArn(arn: string): Promise<Authentic<ManagedPolicyRecord> | undefined> {
    const named = nameInArn('policy', parseArn(arn))
    const found = named && (await this.#records.get(entityNameTable, { kind: 'policy', ...named }))
    return named && found && isExactly(named, found.value)
      ? this.#records.get(managedPolicyTable, { policyId: found.value.entityId })
      : undefined
  }

  /** Returns the customer managed policy of a reference: by its id, or by its ARN in references of earlier builds. */
  managedPolicyOf({ arn, id }: PolicyReference): Promise<Authentic<ManagedPolicyRecord> | undefined> {
    return id === undefined ? this.managedPolicyByArn(arn) : this.#records.get(managedPolicyTable, { policyId: id })
  }

  changed({ table }: Pick<Change, 'table'>): void {
    if (TABLES.has(table)) this.lost()
  }

  lost(): void {
    this.#changes++
    this.#gathered.clear()
  }

  async #gather(principalId: string): Promise<Permissions | 'none'> {
    const before = this.#changes
    const found = (await gatherPermissions(principalId, this.source, this.#compiled)) ?? 'none'
    if (before === this.#changes) this.#gathered.set(principalId, found)
    return found
  }
}

/** A row's id has the name in lower case. */
function isExactly(named: { path: string; name: string }, { path, name }: EntityNameRecord): boolean {
  return named.path === path && named.name === name
}
