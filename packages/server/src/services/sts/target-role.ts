import { parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import { principalIdOf } from '../../identity/directory/bind-principals.ts'
import type { Directory } from '../../identity/directory/directory.ts'
import { nameInArn } from '../../identity/accounts/entity-arns.ts'
import type { RoleRecord } from '../../vault/records/principal.ts'
import type { Needed } from '../../execution/needed.ts'

/** Returns what is wrong with the ARN of a role, or `undefined`. */
export function roleArnFault(arn: string): ServiceError | undefined {
  return nameInArn('role', parseArn(arn)) ? undefined : queryError('ValidationError', `${arn} is invalid`)
}

/** Returns the role of this ARN in any account, or `undefined`. */
export async function roleOfArn(arn: string, directory: Directory): Promise<RoleRecord | undefined> {
  const id = await principalIdOf(arn, directory)
  const entry = id === undefined ? undefined : await directory.principal(id)
  return entry?.value.type === 'Role' ? entry.value : undefined
}

/** What must be allowed on a role before a session of it is created. */
interface Asked {
  /** Action names without `sts:`. */
  actions: readonly string[]
  conditions: OwnConditions
  /** The message for a caller that is not allowed one of them. */
  denial(action: string): string
}

/** The permissions on a role, whose policy is its trust policy. Reveals nothing about a role that does not exist. */
export async function neededOnRole(
  roleArn: string,
  { actions, conditions, denial }: Asked,
  directory: Directory,
): Promise<Needed[]> {
  const role = await roleOfArn(roleArn, directory)
  const policy = role ? directory.trustPolicy(`trust policy of ${roleArn}`, role.trust) : 'missing'
  return actions.map((name) => ({
    action: `sts:${name}`,
    resource: roleArn,
    conditions,
    tags: role?.tags ?? [],
    policy,
    denial: denial(`sts:${name}`),
  }))
}
