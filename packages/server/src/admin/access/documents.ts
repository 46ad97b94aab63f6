import { parseArn, parseKmsArn } from '@keyhold/protocol'
import type { AccessRequest } from '../../domain/policy/access.ts'
import type { DocumentEdit } from '../../domain/policy/explain/edit-document.ts'
import { principalIdOf } from '../../identity/directory/bind-principals.ts'
import { readablePolicy } from '../../identity/directory/present-names.ts'
import { nameInArn } from '../../identity/accounts/entity-arns.ts'
import type { Services } from '../../execution/services.ts'
import { identityDocument, managedDocument } from './identity-documents.ts'
import type { EditableDocument } from './proposed-call.ts'

/** What documents are found by. */
export interface Editing {
  services: Services
  /** The texts of the caller's session policies. */
  sessionPolicies: readonly string[]
}

/** The document that an edit is for. */
export function documentOf(edit: DocumentEdit, request: AccessRequest, editing: Editing): Promise<EditableDocument> {
  const { services } = editing
  if (edit.layer === 'resource policy') return resourcePolicy(request, services)
  if (edit.layer === 'session policy') return sessionPolicy(edit, editing)
  if (edit.layer === 'permissions boundary') return managedDocument(edit.policy ?? '', services)
  return identityDocument(edit, request.principal, services)
}

async function resourcePolicy({ resource }: AccessRequest, services: Services): Promise<EditableDocument> {
  const arn = resource.arn ?? ''
  const key = parseKmsArn(arn)
  if (key?.type !== 'key') return trustPolicy(arn, services)
  const policy = await services.directory.keyPolicy(key.region, key.keyId)
  return {
    text: policy && (await readablePolicy(policy.value, services.directory)),
    replace: (Policy) => ({
      service: 'kms',
      operation: 'PutKeyPolicy',
      input: { KeyId: arn, PolicyName: 'default', Policy },
    }),
  }
}

async function trustPolicy(arn: string, { directory }: Services): Promise<EditableDocument> {
  const id = await principalIdOf(arn, directory)
  const role = id === undefined ? undefined : (await directory.principal(id))?.value
  return {
    text: role?.type === 'Role' ? await readablePolicy(role.trust, directory) : undefined,
    replace: (PolicyDocument) => ({
      service: 'iam',
      operation: 'UpdateAssumeRolePolicy',
      input: { RoleName: nameInArn('role', parseArn(arn))?.name ?? '', PolicyDocument },
    }),
  }
}

/** A session has what it was made with: only the next one can have another policy. */
function sessionPolicy(
  { policy = '' }: DocumentEdit,
  { services, sessionPolicies }: Editing,
): Promise<EditableDocument> {
  if (policy.startsWith('arn:')) return managedDocument(policy, services)
  const text = sessionPolicies[Number(policy.slice(SESSION_POLICY.length)) - 1]
  // A federated user's session may have none, and then lacks permissions for that.
  const place = policy === '' ? 'as a session policy' : `in place of ${policy}`
  return Promise.resolve({
    text,
    replace: (document) => ({
      byHand: `A session keeps the policies that it was made with. Make the next one with this ${place}:`,
      document,
    }),
  })
}

/** What stands before the number in the name of a session policy that came as text (directory/session-limits.ts). */
const SESSION_POLICY = 'session policy '
