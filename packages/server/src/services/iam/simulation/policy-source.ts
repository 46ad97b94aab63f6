import { parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import { nameInArn } from '../../../identity/accounts/entity-arns.ts'
import type { EntityNameRecord } from '../../../vault/records/entity-name.ts'
import type { GroupRecord } from '../../../vault/records/group.ts'
import type { RoleRecord, UserRecord } from '../../../vault/records/principal.ts'
import type { Tag } from '../../../domain/keys/record.ts'
import { type Context, findEntity, noSuchEntity } from '../entities.ts'

const KINDS = ['user', 'group', 'role'] as const

/** The entity whose policies are simulated. */
export type PolicySource = UserRecord | RoleRecord | GroupRecord

/** Returns what is wrong with the ARN of a source, or `undefined`. */
export function sourceFault(arn: string): ServiceError | undefined {
  const parsed = parseArn(arn)
  if (KINDS.some((kind) => nameInArn(kind, parsed))) return undefined
  return queryError('InvalidInput', `Invalid Entity Arn: ${arn}`)
}

/**
 * Returns the tags of the source, which policies can use to limit the simulations of a caller. Empty if there is no
 * such source.
 */
export async function tagsOfSource(arn: string, context: Context): Promise<readonly Tag[]> {
  const record = await presentSource(arn, context)
  return record !== undefined && 'tags' in record ? record.tags : []
}

/** Returns the user, group or role of this ARN. Throws NoSuchEntity. */
export async function sourceOf(arn: string, context: Context): Promise<PolicySource> {
  const source = await presentSource(arn, context)
  if (source !== undefined) return source
  const { kind, named } = kindNamed(arn)
  throw noSuchEntity(kind, named.name)
}

async function presentSource(arn: string, context: Context): Promise<PolicySource | undefined> {
  const { kind, named } = kindNamed(arn)
  const entity = await findEntity(kind, named.name, context)
  return entity && isIts(named, entity.name.value, context) ? entity.entry.value : undefined
}

function kindNamed(arn: string): { kind: (typeof KINDS)[number]; named: NonNullable<ReturnType<typeof nameInArn>> } {
  const parsed = parseArn(arn)
  for (const kind of KINDS) {
    const named = nameInArn(kind, parsed)
    if (named) return { kind, named }
  }
  throw new Error(`${arn} was checked, but is not the ARN of an entity`)
}

/** Compares ARNs exactly: a different spelling must not bypass a deny on the entity's own ARN. */
function isIts(
  named: { accountId: string; path: string; name: string },
  { path, name }: EntityNameRecord,
  { caller }: Context,
): boolean {
  return named.name === name && named.path === path && named.accountId === caller.principal.accountId
}
