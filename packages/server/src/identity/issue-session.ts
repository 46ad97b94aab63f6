import type { Sts } from '@keyhold/protocol'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Random } from '../platform/random.ts'
import { secretText } from './access-key.ts'
import { identifier } from './identifiers.ts'
import { sealSession, type SessionClaims } from './session-token.ts'

/** Makes the temporary credentials of a session. Nothing is stored; whoever shows the secret wipes it. */
export async function issueSession(
  claims: SessionClaims,
  { hierarchy, random }: { hierarchy: Hierarchy; random: Random },
): Promise<Sts.Credentials> {
  const AccessKeyId = identifier('ASIA', random)
  const SecretAccessKey = secretText(random)
  const SessionToken = await sealSession(AccessKeyId, claims, SecretAccessKey, hierarchy)
  return { AccessKeyId, SecretAccessKey, SessionToken, Expiration: new Date(claims.expiresMs) }
}
