import { type OperationName, type ServiceError, serviceError } from '@keyhold/protocol'
import { type AnyOperation, operation } from '../../execution/define.ts'

/**
 * Operations of the API that this server does not have yet, by what they wait for. Their input is validated like any
 * other, then refused by name: a client learns that the server cannot, never that it failed.
 */
const NOT_YET: Readonly<Record<string, readonly OperationName[]>> = {
  'custom key stores are not supported yet': [
    'CreateCustomKeyStore',
    'ConnectCustomKeyStore',
    'DescribeCustomKeyStores',
    'DisconnectCustomKeyStore',
    'UpdateCustomKeyStore',
    'DeleteCustomKeyStore',
  ],
}

/** Requests per second of each. Source: AWS KMS Developer Guide, "Request quotas". */
const RATE = 5

/** Each of them as an operation that refuses whatever is well-formed. */
export const notYet: readonly AnyOperation[] = Object.entries(NOT_YET).flatMap(([reason, names]) =>
  names.map((name) =>
    operation<OperationName>({
      name,
      summary: `Not supported yet: ${reason}.`,
      readOnly: true,
      crossAccount: 'no',
      grantable: false,
      rate: RATE,
      audit: { request: [], response: [] },
      check: () => unsupported(name, reason),
      run: () => Promise.reject(unsupported(name, reason)),
    }),
  ),
)

function unsupported(name: string, reason: string): ServiceError {
  return serviceError('UnsupportedOperationException', `${name} is not supported by this server: ${reason}.`)
}
