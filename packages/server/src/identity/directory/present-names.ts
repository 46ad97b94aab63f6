import type { GrantParty } from '../../domain/policy/access.ts'
import { isUniqueId } from '../../domain/policy/language/grammar/principals.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import { principalTexts, withPrincipals } from '../../domain/policy/language/principal-texts.ts'
import { assumedRoleArn, principalArn } from '../accounts/entity-arns.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import { principalIdOf } from './bind-principals.ts'
import type { Directory } from './directory.ts'

/**
 * Returns a key policy or trust policy for reading: as it was put, with the current name of every bound principal.
 * Source: IAM User Guide, "AWS JSON policy elements: Principal": the unique id is shown instead of a deleted user or
 * role. The text can be put again without giving a later principal the permissions of an earlier one.
 */
export async function readablePolicy(policy: BoundPolicy, directory: Directory): Promise<string> {
  if (policy.bindings === undefined) return policy.text
  const texts = principalTexts(policy.text).map(({ value }) => value)
  return withPrincipals(policy.text, await presentNames(texts, policy, directory))
}

/**
 * Returns the current names of principals that a policy names, by their text in it. Principals without an id are left
 * out.
 */
export async function presentNames(
  texts: readonly string[],
  { bindings = {} }: Pick<BoundPolicy, 'bindings'>,
  directory: Directory,
): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const text of texts) {
    const id = isUniqueId(text) ? text : bindings[text]
    if (id !== undefined) names.set(text, await presentName(id, directory))
  }
  return names
}

/** A grantee or retiring principal for reading: {@link readablePolicy}. */
export async function readableParty({ arn, principalId }: GrantParty, directory: Directory): Promise<string> {
  return principalId === undefined ? arn : presentName(principalId, directory)
}

/** A reference to a managed policy for reading: its ARN, or its id if no policy of that ARN has the id any more. */
export async function readablePolicyReference({ arn, id }: PolicyReference, directory: Directory): Promise<string> {
  if (id === undefined) return arn
  return (await directory.managedPolicyByArn(arn))?.value.policyId === id ? arn : id
}

/** How often to retry while names change. Each rename is a commit, so a second attempt is rare. */
const MAX_LOOKS = 8

/**
 * Returns the ARN that the principal with this id currently has, or the id itself if it was deleted. Retries if users
 * were renamed meanwhile, because an id cannot be put again.
 */
async function presentName(principalId: string, directory: Directory): Promise<string> {
  for (let look = 1; ; look++) {
    const seen = directory.identityChanges
    const name = await nameOf(principalId, directory)
    if (name !== principalId || directory.identityChanges === seen || look === MAX_LOOKS) return name
  }
}

async function nameOf(principalId: string, directory: Directory): Promise<string> {
  const [entityId = '', sessionName] = principalId.split(':')
  const record = (await directory.principal(entityId))?.value
  if (record === undefined) return principalId
  const isSession = record.type === 'Role' && sessionName !== undefined
  const arn = isSession ? assumedRoleArn({ ...record, sessionName }) : principalArn(record)
  // An ARN that would be bound to another principal when it is put again is not shown.
  return (await principalIdOf(arn, directory)) === principalId ? arn : principalId
}
