import type { AccessRequest } from '../../domain/policy/access.ts'
import { type DocumentEdit, editDocument } from '../../domain/policy/explain/edit-document.ts'
import type { Edit } from '../../domain/policy/explain/explanation.ts'
import { documentOf, type Editing } from './documents.ts'
import type { ProposedCall } from './proposed-call.ts'

/** A change that allows a request. */
export interface Proposal {
  edits: readonly Edit[]
  request: AccessRequest
}

/**
 * Converts the edits of explanations to calls. Each call replaces one policy with all of its edits made; everything
 * else in the policy stays unchanged.
 */
export async function proposeCalls(proposals: readonly Proposal[], editing: Editing): Promise<ProposedCall[]> {
  const documents = new Map<string, { edits: DocumentEdit[]; request: AccessRequest }>()
  const calls: ProposedCall[] = []
  for (const { edit, request } of withRequests(proposals)) {
    if (edit.kind === 'create-grant') calls.push(createGrant(edit, request))
    else documents.set(placeOf(edit), { edits: [...(documents.get(placeOf(edit))?.edits ?? []), edit], request })
  }
  for (const { edits, request } of documents.values()) {
    const [first] = edits
    if (first === undefined) continue
    const { text, replace } = await documentOf(first, request, editing)
    calls.push(replace(editDocument(text, edits)))
  }
  return calls
}

/**
 * Two parts of a request can need the same edit of the same policy, for example of a deny for both. It is made once.
 */
function withRequests(proposals: readonly Proposal[]): { edit: Edit; request: AccessRequest }[] {
  const all = proposals.flatMap(({ edits, request }) => edits.map((edit) => ({ edit, request })))
  const unique = new Map(all.map((one) => [JSON.stringify([one.edit, one.request.resource.arn]), one]))
  return [...unique.values()]
}

/** Edits of the same policy are combined. A missing allow of an identity always gets a policy of its own. */
function placeOf(edit: DocumentEdit): string {
  const { kind, layer, policy } = edit
  return kind === 'add-statement' && layer === 'identity policy' ? JSON.stringify(edit) : `${layer} ${policy}`
}

function createGrant(
  edit: Extract<Edit, { kind: 'create-grant' }>,
  { principal, resource }: AccessRequest,
): ProposedCall {
  const { grantee, operations, constraints: { encryptionContextEquals, sourceArn } = {} } = edit
  const constraints = {
    ...(encryptionContextEquals && { EncryptionContextEquals: encryptionContextEquals }),
    ...(sourceArn !== undefined && { SourceArn: sourceArn }),
  }
  return {
    service: 'kms',
    operation: 'CreateGrant',
    input: {
      KeyId: resource.arn,
      [principal.type === 'Service' ? 'GranteeServicePrincipal' : 'GranteePrincipal']: grantee.arn,
      Operations: operations,
      ...(Object.keys(constraints).length > 0 && { Constraints: constraints }),
    },
  }
}
