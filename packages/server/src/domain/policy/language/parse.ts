import { type JsonValue, parseJson } from '@keyhold/protocol'
import type { PolicyFault, PolicyKind } from './contract.ts'
import type { PolicyDocument, PolicyVersion } from './document.ts'
import { Malformed, Place } from './grammar/place.ts'
import { parseStatement } from './grammar/statement.ts'

const VERSIONS: readonly PolicyVersion[] = ['2008-10-17', '2012-10-17']

/** A parsed policy, or its first fault. */
export type ParsedPolicy = { policy: PolicyDocument; fault?: undefined } | { policy?: undefined; fault: PolicyFault }

/**
 * Parses a policy. Unknown elements are refused, never skipped, because they could be limits that the author intended.
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language". This accepts every policy that was ever stored.
 * Policies in requests must follow more rules: `acceptPolicy`.
 */
export function parsePolicy(text: string, kind: PolicyKind): ParsedPolicy {
  try {
    return { policy: readDocument(new Place(readJson(text), '$'), kind) }
  } catch (error) {
    if (error instanceof Malformed) return { fault: error.fault }
    throw error
  }
}

function readJson(text: string): JsonValue {
  const malformed = (message: string): Malformed => new Malformed({ path: '$', message })
  if (!text.isWellFormed()) throw malformed('The document has a lone surrogate')
  try {
    return parseJson(new TextEncoder().encode(text))
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed(error.message)
    throw error
  }
}

function readDocument(place: Place, kind: PolicyKind): PolicyDocument {
  const members = place.membersNamed(['Version', 'Id', 'Statement'])
  const version = members.get('Version')?.oneOf(VERSIONS) ?? '2008-10-17'
  const id = members.get('Id')
  if (kind === 'identity' && id !== undefined) throw id.malformed('An identity policy has no Id')
  const statement = members.get('Statement')
  if (statement === undefined) throw place.malformed('Statement is missing')
  const statements = statement.elements().map((one) => parseStatement(one, kind, version))
  return { version, ...(id && { id: id.string() }), statements }
}
