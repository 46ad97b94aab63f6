import type { KeyEntry } from '../../../identity/directory/directory.ts'
import type { KeyPolicyValue } from '../../../identity/directory/key-policy.ts'
import type { Entry } from '../../../vault/records/entry.ts'
import type { Services } from '../../../execution/services.ts'

/** A key has one policy, and this is its name. */
export const DEFAULT_POLICY_NAME = 'default'

/** The policy of a key. Every key has one. */
export async function keyPolicy(
  { value: { region, keyId } }: KeyEntry,
  { directory }: Services,
): Promise<Entry<KeyPolicyValue>> {
  const policy = await directory.keyPolicy(region, keyId)
  if (policy === undefined) throw new Error(`key ${keyId} has no policy`)
  return policy
}
