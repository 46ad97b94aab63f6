import { queryError, type ServiceError, type StsInput } from '@keyhold/protocol'

type Members = Pick<
  StsInput<'AssumeRole'>,
  'SerialNumber' | 'TokenCode' | 'ProvidedContexts' | 'MinimumSessionTokenSize'
>

/**
 * Returns the error for features of AWS that this server does not have. There are no MFA devices, so every code is
 * wrong.
 */
export function unsupportedMember(input: Members): ServiceError | undefined {
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined) {
    return queryError('AccessDenied', 'MultiFactorAuthentication failed: this server has no MFA devices.')
  }
  if (input.ProvidedContexts !== undefined) return unsupported('ProvidedContexts')
  return input.MinimumSessionTokenSize === undefined ? undefined : unsupported('MinimumSessionTokenSize')
}

function unsupported(member: string): ServiceError {
  return queryError('UnsupportedOperation', `${member} is not supported by this server.`)
}
