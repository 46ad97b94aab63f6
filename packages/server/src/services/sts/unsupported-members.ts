import { queryError, type ServiceError, type StsInput } from '@keyhold/protocol'

type Members = Pick<
  StsInput<'AssumeRole'>,
  'SerialNumber' | 'TokenCode' | 'ProvidedContexts' | 'MinimumSessionTokenSize'
>

/** What AWS has and this server does not: refused by name. There are no MFA devices, so that no code can be right. */
export function unsupportedMember(input: Members): ServiceError | undefined {
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined) {
    return queryError('AccessDenied', 'MultiFactorAuthentication failed: this server knows no MFA devices.')
  }
  if (input.ProvidedContexts !== undefined) return unsupported('ProvidedContexts')
  return input.MinimumSessionTokenSize === undefined ? undefined : unsupported('MinimumSessionTokenSize')
}

function unsupported(member: string): ServiceError {
  return queryError('UnsupportedOperation', `${member} is not supported by this server.`)
}
