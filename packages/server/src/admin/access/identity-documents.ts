import type { DocumentEdit } from '../../domain/policy/explain/edit-document.ts'
import type { StatementDocument } from '../../domain/policy/explain/explanation.ts'
import type { PolicyPrincipal } from '../../domain/policy/language/contract.ts'
import { sha256 } from '../../crypto/sha256.ts'
import type { EntityRecord } from '../../vault/records/entity.ts'
import type { RoleRecord, UserRecord } from '../../vault/records/principal.ts'
import type { Services } from '../../execution/services.ts'
import type { EditableDocument } from './proposed-call.ts'

const DIGEST_DIGITS = 8
const GROUP = /^group\/([^/]+)\/(.+)$/s

/**
 * Returns the policy of a user, role or group, or the managed policy, that an edit changes. A missing allow gets a new
 * inline policy, because existing policies can be shared with others.
 */
export async function identityDocument(
  edit: DocumentEdit,
  principal: PolicyPrincipal,
  services: Services,
): Promise<EditableDocument> {
  const record = await entityOf(principal, services)
  if (edit.kind === 'add-statement') return inlineDocument(record, freeName(record, edit.statement))
  const { policy } = edit
  if (policy.startsWith('arn:')) return managedDocument(policy, services)
  const [, groupName, policyName] = GROUP.exec(policy) ?? []
  return groupName === undefined || policyName === undefined
    ? inlineDocument(record, policy)
    : groupDocument(record, groupName, policyName, services)
}

/**
 * The next version of a managed policy. An AWS managed policy cannot be changed and must be replaced by a customer
 * managed one.
 */
export async function managedDocument(arn: string, { directory }: Services): Promise<EditableDocument> {
  const record = (await directory.managedPolicyByArn(arn))?.value
  if (record === undefined) return ofAws(arn)
  return {
    text: record.versions.find(({ versionId }) => versionId === record.defaultVersion)?.text,
    replace: (PolicyDocument) => ({
      service: 'iam',
      operation: 'CreatePolicyVersion',
      input: { PolicyArn: arn, PolicyDocument, SetAsDefault: true },
    }),
  }
}

function ofAws(arn: string): EditableDocument {
  const byHand = `${arn} is an AWS managed policy and cannot be changed. Create a policy with this content, and attach it instead:`
  return { replace: (document) => ({ byHand, document }) }
}

async function entityOf(
  { principalId, role }: PolicyPrincipal,
  { directory }: Services,
): Promise<UserRecord | RoleRecord> {
  const record = (await directory.permissions(role?.principalId ?? principalId))?.record
  if (record === undefined) throw new Error(`${principalId} has policies but no record`)
  return record
}

function inlineDocument(record: UserRecord | RoleRecord, policyName: string): EditableDocument {
  const [operation, owner] =
    record.type === 'IAMUser'
      ? ['PutUserPolicy', { UserName: record.userName }]
      : ['PutRolePolicy', { RoleName: record.roleName }]
  return inline(record.inline[policyName], operation, { ...owner, PolicyName: policyName })
}

async function groupDocument(
  record: UserRecord | RoleRecord,
  groupName: string,
  policyName: string,
  { directory }: Services,
): Promise<EditableDocument> {
  const group = (await directory.entityName({ accountId: record.accountId, kind: 'group', name: groupName }))?.value
  const found = group && (await directory.group(group.entityId))?.value
  return inline(found?.inline[policyName], 'PutGroupPolicy', { GroupName: groupName, PolicyName: policyName })
}

function inline(text: string | undefined, operation: string, input: Record<string, unknown>): EditableDocument {
  return { text, replace: (PolicyDocument) => ({ service: 'iam', operation, input: { ...input, PolicyDocument } }) }
}

/**
 * Returns an unused name for an inline policy, because a proposal must not replace an existing one. It is derived from
 * the statement, so that another proposal, made before this one is applied, has another name.
 */
function freeName({ inline: taken }: EntityRecord, statement: StatementDocument): string {
  const digest = sha256(JSON.stringify(statement)).slice(0, DIGEST_DIGITS)
  const wanted = `Allow-${statement.Action.replaceAll(':', '-')}-${digest}`
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!Object.hasOwn(taken, name)) return name
  }
}
