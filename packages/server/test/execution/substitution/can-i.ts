/** What operators are told of the grant tokens in a request, beside what the service answers to it. */
import type { OperationName } from '@keyhold/protocol'
import { AccessError } from '../../../src/admin/access/access-error.ts'
import { canI } from '../../../src/admin/access/can-i.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import type { TestService } from '../../support/service.ts'

interface Asked {
  operation: OperationName
  /** The ARN of the key that the request is about. */
  key: string
  request: { GrantTokens?: readonly string[]; GrantToken?: string; EncryptionContext?: Record<string, string> }
}

/**
 * Whether the caller may send this request with its grant tokens. `refused`: the service takes no such token.
 * `undefined`: the request has none.
 */
export async function sayOfTokens(
  service: TestService,
  { operation, key, request: { GrantTokens, GrantToken, EncryptionContext: encryptionContext } }: Asked,
  { principal: { arn } }: Caller,
): Promise<'yes' | 'no' | 'refused' | undefined> {
  const grantTokens = GrantTokens ?? (GrantToken === undefined ? undefined : [GrantToken])
  if (grantTokens === undefined) return undefined
  const [target] = Object.values(OPERATIONS.of('kms').get(operation)?.keys ?? {})
  const question = {
    action: target?.action ?? operation,
    key,
    grantTokens,
    ...(encryptionContext && { encryptionContext }),
  }
  try {
    return (await canI(question, arn, service.services)).allowed ? 'yes' : 'no'
  } catch (error) {
    if (error instanceof AccessError) return 'refused'
    throw error
  }
}
