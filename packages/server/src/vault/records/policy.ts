import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import type { KeyName } from '../../domain/keys/record.ts'
import { keyTable, type Place } from './key.ts'
import { defineTable, firstPart } from './table.ts'

/** The policy of a key. Every key has one. */
export interface KeyPolicyRecord extends KeyName, Place, BoundPolicy {}

/** Bodies of this form have the text and its bindings; in rows of version 0.1 the body is the text itself. */
interface Body extends BoundPolicy {
  form: 2
}

export const policyTable = defineTable({
  name: 'policy',
  id: (key: KeyName) => keyTable.id(key),
  owner: (place: Place) => keyTable.owner(place),
  domain: firstPart,
  read: ({ id, owner, body }): KeyPolicyRecord => {
    const [region = '', keyId = ''] = id.split('/')
    const [accountId = ''] = owner.split('/')
    return { accountId, region, keyId, ...boundPolicyIn(body) }
  },
  body: ({ text, bindings }) => JSON.stringify({ form: 2, text, ...(bindings && { bindings }) } satisfies Body),
  absence: 'A fault: every key has a policy, and requests for a key without one are refused.',
})

/** A policy document has no member `form`, so the two forms cannot be confused. */
function boundPolicyIn(body: string): BoundPolicy {
  const stored = JSON.parse(body) as Partial<Body>
  if (stored.form !== 2) return { text: body }
  return { text: stored.text ?? '', ...(stored.bindings && { bindings: stored.bindings }) }
}
