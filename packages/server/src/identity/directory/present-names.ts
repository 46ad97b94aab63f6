import type { GrantParty } from '../../domain/policy/access.ts'
import { isUniqueId } from '../../domain/policy/language/grammar/principals.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import { principalTexts, withPrincipals } from '../../domain/policy/language/principal-texts.ts'
import { assumedRoleArn, principalArn } from '../accounts/entity-arns.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import { principalIdOf } from './bind-principals.ts'
import type { Directory } from './directory.ts'

/**
 * A key policy or trust policy as it is read: as it was put, with every bound principal under its present name. Source:
 * IAM User Guide, "AWS JSON policy elements: Principal": the unique id is shown in place of a user or role that was
 * deleted. A text that was read can be put again without a successor getting what its predecessor had.
 */
export async function readablePolicy(policy: BoundPolicy, directory: Directory): Promise<string> {
  if (policy.bindings === undefined) return policy.text
  const texts = principalTexts(policy.text).map(({ value }) => value)
  return withPrincipals(policy.text, await presentNames(texts, policy, directory))
}

/** The present names of principals that a document names, by their texts in it. Absent: those that have no id. */
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

/** A grantee or retiring principal as it is read: {@link readablePolicy}. */
export async function readableParty({ arn, principalId }: GrantParty, directory: Directory): Promise<string> {
  return principalId === undefined ? arn : presentName(principalId, directory)
}

/** A managed policy that an entity refers to, as it is read: its ARN, or its id once no policy of that ARN has the id. */
export async function readablePolicyReference({ arn, id }: PolicyReference, directory: Directory): Promise<string> {
  if (id === undefined) return arn
  return (await directory.managedPolicyByArn(arn))?.value.policyId === id ? arn : id
}

/** How often names may change while one is looked up. Each rename is a commit, so that a second look is rare. */
const MAX_LOOKS = 8

/**
 * The ARN that means the principal with this id now; the id itself where none does, as it is gone. What is read while a
 * user is renamed is looked up again: an id is no name that can be put again.
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
  const arn = isSession ? assumedRoleArn(record.accountId, record.roleName, sessionName) : principalArn(record)
  // An ARN that would be bound to somebody else when it is put again is not shown.
  return (await principalIdOf(arn, directory)) === principalId ? arn : principalId
}
