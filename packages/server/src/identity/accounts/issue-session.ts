import type { Sts } from '@keyhold/protocol'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Caller, Session, UsedAccessKey } from './caller.ts'
import { secretText } from './access-key.ts'
import { identifier } from './identifiers.ts'
import { sealSession, type SessionClaims } from './session-token.ts'

/**
 * Returns the times of a session that starts now, in whole seconds, as responses state them: a session ends when it was
 * announced to. They use the callers' clock, because SDKs renew a session by their own clock.
 */
export function sessionTimes(
  seconds: number,
  { callersClock }: { callersClock: Clock },
): Pick<Session, 'issuedMs' | 'expiresMs'> {
  const issuedMs = Math.floor(callersClock.now() / 1000) * 1000
  return { issuedMs, expiresMs: issuedMs + seconds * 1000 }
}

/**
 * Creates the temporary credentials of a session. It ends with the long-term access keys of those who create it: the
 * caller, and the user that the caller acts for. Nothing is stored. The code that outputs the secret wipes it.
 */
export async function issueSession(
  session: Omit<SessionClaims, 'madeWith'>,
  makers: readonly Caller[],
  { hierarchy, random }: { hierarchy: Sealing; random: Random },
): Promise<Sts.Credentials> {
  const claims: SessionClaims = { ...session, madeWith: makers.flatMap(keysOf) }
  const AccessKeyId = identifier('ASIA', random)
  const SecretAccessKey = secretText(random)
  const SessionToken = await sealSession(AccessKeyId, claims, SecretAccessKey, hierarchy)
  return { AccessKeyId, SecretAccessKey, SessionToken, Expiration: new Date(claims.expiresMs) }
}

function keysOf({ session, accessKeyId, accessKeyEpoch }: Caller): readonly UsedAccessKey[] {
  if (session) return session.madeWith ?? []
  return accessKeyEpoch === undefined ? [] : [{ accessKeyId, epoch: accessKeyEpoch }]
}
