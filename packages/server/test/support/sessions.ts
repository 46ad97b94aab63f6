import { type ServiceName, signRequest } from '@keyhold/protocol'
import { groupHeaders } from '../../src/identity/authentication/headers.ts'
import { storedAccessKeys } from '../../src/identity/authentication/stored-access-keys.ts'
import { sigV4Verifier } from '../../src/identity/authentication/verify-sigv4.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import { signingHash } from '../../src/crypto/hmac.ts'
import { SIGNING_NAMES } from '../../src/host/http/service.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import type { Services } from '../../src/execution/services.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { REGION } from './service.ts'

/** Temporary credentials, as an answer has them. */
export interface Temporary {
  AccessKeyId: string
  SecretAccessKey: string
  SessionToken: string
  Expiration: string
}

/** What signs a request: a session has a token beside its access key. */
export type Signing = Pick<Temporary, 'AccessKeyId' | 'SecretAccessKey'> & { SessionToken?: string }

/** The principal that signs a request with these credentials now. Rejects as the server refuses it. */
export async function whoSigns(
  { services, clock }: { services: Services; clock: Clock },
  { AccessKeyId, SecretAccessKey, SessionToken }: Signing,
  service: ServiceName = 'kms',
): Promise<Caller> {
  await services.directory.catchUp()
  const accessKeys = storedAccessKeys(services.directory, services.hierarchy)
  const verify = sigV4Verifier({ accessKeys, random: systemRandom, services: SIGNING_NAMES })
  const body = new Uint8Array()
  const signed = signRequest(
    { method: 'POST', url: new URL('http://localhost/'), headers: {}, body },
    { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    { region: REGION, service, time: new Date(clock.now()) },
    signingHash,
  )
  const headers = groupHeaders(Object.entries(signed).flat())
  const rest = { sourceIp: '127.0.0.1', secure: false, requestId: 'r', receivedAtMs: clock.now() }
  return verify({ method: 'POST', path: '/', query: '', headers, body, ...rest })
}

/** A trust policy that lets these principals do these actions of STS. */
export function trust(
  principal: object | string,
  actions: string | readonly string[] = 'sts:AssumeRole',
  condition?: object,
): string {
  const statement = {
    Effect: 'Allow',
    Principal: principal,
    Action: actions,
    ...(condition && { Condition: condition }),
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

/** An identity policy of one statement about everything. */
export function policyOf(action: string | readonly string[], condition?: object, effect = 'Allow'): string {
  const statement = { Effect: effect, Action: action, Resource: '*', ...(condition && { Condition: condition }) }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
