import type { AccessRequest } from '../authorization/access.ts'
import { type DocumentEdit, editDocument } from '../authorization/explain/edit-document.ts'
import type { Edit } from '../authorization/explain/explanation.ts'
import { documentOf, type Editing } from './documents.ts'
import type { ProposedCall } from './proposed-call.ts'

/**
 * The edits of an explanation as calls: each replaces one document by itself with all of its edits made. Nothing else in
 * it changes.
 */
export async function proposeCalls(
  edits: readonly Edit[],
  request: AccessRequest,
  editing: Editing,
): Promise<ProposedCall[]> {
  const documents = new Map<string, DocumentEdit[]>()
  const calls: ProposedCall[] = []
  for (const edit of edits) {
    if (edit.kind === 'create-grant') calls.push(createGrant(edit, request))
    else documents.set(placeOf(edit), [...(documents.get(placeOf(edit)) ?? []), edit])
  }
  for (const [first, ...others] of documents.values()) {
    if (first === undefined) continue
    const { text, replace } = await documentOf(first, request, editing)
    calls.push(replace(editDocument(text, [first, ...others])))
  }
  return calls
}

/** Edits of one place are made in one document. An allow that an identity lacks always gets a document of its own. */
function placeOf({ kind, layer, policy }: DocumentEdit): string {
  return kind === 'add-statement' && layer === 'identity policy' ? layer : `${layer} ${policy}`
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
