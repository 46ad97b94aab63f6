import type { GrantConstraints, GrantOperation, Input } from '@keyhold/protocol'
import { UsageError } from '../base/errors.ts'

/** A grant as the flags describe it. */
export interface WantedGrant {
  to: string
  operation: readonly GrantOperation[]
  context: Record<string, string>
  exact?: boolean
  sourceArn?: string
  retiring?: string
  name?: string
}

/** The grant in the API's words, for a key. */
export function wantedGrant({
  to,
  operation,
  retiring,
  name,
  ...limits
}: WantedGrant): Omit<Input<'CreateGrant'>, 'KeyId'> {
  const constraints = constraintsOf(limits)
  return {
    Operations: operation,
    ...(isService(to) ? { GranteeServicePrincipal: to } : { GranteePrincipal: to }),
    ...(retiring !== undefined && retiringParty(retiring)),
    ...(Object.keys(constraints).length > 0 && { Constraints: constraints }),
    ...(name !== undefined && { Name: name }),
  }
}

function retiringParty(name: string): Pick<Input<'CreateGrant'>, 'RetiringPrincipal' | 'RetiringServicePrincipal'> {
  return isService(name) ? { RetiringServicePrincipal: name } : { RetiringPrincipal: name }
}

/** Services go by names such as `backup.example.internal`, all others by ARNs and numbers of accounts. */
function isService(name: string): boolean {
  return !name.includes(':') && name.includes('.')
}

/** An empty context that is exact would still demand something: that there is none. That is never meant by leaving -c out. */
function constraintsOf({
  context,
  exact,
  sourceArn,
}: Pick<WantedGrant, 'context' | 'exact' | 'sourceArn'>): GrantConstraints {
  const hasContext = Object.keys(context).length > 0
  if (exact === true && !hasContext) throw new UsageError('--exact says how to take -c, which is missing.')
  return {
    ...(hasContext && (exact === true ? { EncryptionContextEquals: context } : { EncryptionContextSubset: context })),
    ...(sourceArn !== undefined && { SourceArn: sourceArn }),
  }
}
