import { parseArn, parseKmsArn } from '@keyhold/protocol'
import type { AccessRequest } from '../../domain/policy/access.ts'
import type { DocumentEdit } from '../../domain/policy/explain/edit-document.ts'
import { principalIdOf } from '../../identity/directory/bind-principals.ts'
import { readablePolicy } from '../../identity/directory/present-names.ts'
import { nameInArn } from '../../identity/accounts/entity-arns.ts'
import type { Services } from '../../execution/services.ts'
import { identityDocument, managedDocument } from './identity-documents.ts'
import type { EditableDocument } from './proposed-call.ts'

/** What is needed to find policies. */
export interface Editing {
  services: Services
  /** The texts of the caller's session policies. */
  sessionPolicies: readonly string[]
}

/** Returns the policy that an edit changes. */
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
  const policy = await services.directory.keyPolicy(key)
  return {
    text: policy && (await readablePolicy(policy.stored.value, services.directory)),
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

/** The policies of a session are fixed at its creation. Only the next session can have other ones. */
function sessionPolicy(
  { policy = '' }: DocumentEdit,
  { services, sessionPolicies }: Editing,
): Promise<EditableDocument> {
  if (policy.startsWith('arn:')) return managedDocument(policy, services)
  const text = sessionPolicies[Number(policy.slice(SESSION_POLICY.length)) - 1]
  // A federated user's session can be without session policies, which limits its permissions.
  const place = policy === '' ? 'as a session policy' : `in place of ${policy}`
  return Promise.resolve({
    text,
    replace: (document) => ({
      byHand: `The policies of a session cannot be changed. Create the next session with this ${place}:`,
      document,
    }),
  })
}

/** The prefix of the number in the name of a session policy that was passed as text (directory/session-limits.ts). */
const SESSION_POLICY = 'session policy '
