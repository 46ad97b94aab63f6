import { queryError, type StsOutput } from '@keyhold/protocol'
import type { Caller, Session } from '../../identity/accounts/caller.ts'
import { issueSession } from '../../identity/accounts/issue-session.ts'
import { rolePrincipal } from '../../identity/accounts/principals.ts'
import type { RoleRecord } from '../../vault/records/principal.ts'
import type { Services } from '../../execution/services.ts'
import { packedPolicySize } from './packed-size.ts'

/** Source: STS API Reference, AssumeRole, DurationSeconds: one hour by default. */
const USUAL_SECONDS = 3600
/** Same source: role chaining limits sessions to one hour, whatever the role allows. */
const CHAINED_SECONDS = 3600

interface Duration {
  asked: number | undefined
  /** Whether the caller's own credentials are those of a role. */
  chained: boolean
}

/** Returns the duration of a session of the role. Throws ValidationError if the requested one is too long. */
export function sessionSeconds({ maxSessionSeconds }: RoleRecord, { asked, chained }: Duration): number {
  const seconds = asked ?? USUAL_SECONDS
  if (seconds > maxSessionSeconds) {
    throw queryError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  if (chained && seconds > CHAINED_SECONDS) {
    throw queryError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  return seconds
}

/** A complete description of a role session. */
interface Wanted {
  role: RoleRecord
  sessionName: string
  session: Omit<Session, 'madeWith'>
}

/**
 * Creates a session of a role. Returns the members that all such operations have in common. Throws
 * PackedPolicyTooLarge.
 */
export async function makeRoleSession(
  { role, sessionName, session }: Wanted,
  caller: Caller,
  services: Services,
): Promise<Omit<StsOutput<'AssumeRole'>, 'SourceIdentity'>> {
  const size = packedPolicySize(session)
  const { principalId, accountId } = role
  const { principal } = rolePrincipal(role, sessionName)
  const Credentials = await issueSession(
    { kind: 'role', principalId, accountId, sessionName, ...session },
    [caller],
    services,
  )
  return {
    Credentials,
    AssumedRoleUser: { AssumedRoleId: principal.principalId, Arn: principal.arn },
    ...(size !== undefined && { PackedPolicySize: size }),
  }
}
