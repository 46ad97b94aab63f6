import type { TestContext } from 'node:test'
import { groupHeaders } from '../../../src/identity/authentication/headers.ts'
import { orWebIdentity } from '../../../src/identity/authentication/web-identity-caller.ts'
import { webIdentityVerifier } from '../../../src/identity/authentication/web-identity/verify-web-identity.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { missingToken } from '../../../src/identity/authentication/refusals.ts'
import { serviceHandler } from '../../../src/host/http/service.ts'
import { FakeWorld, jwk, rsaKey, signed } from '../../identity/authentication/web-identity/fixture.ts'
import { formBody, readAnswer } from '../../support/query.ts'
import { ACCOUNT, type Reply, TestService } from '../../support/service.ts'
import { trust } from '../../support/sessions.ts'

const KEY = rsaKey()
export const ISSUER = 'https://issuer.test/Tenant'
export const PROVIDER = 'issuer.test/Tenant'
export const PROVIDER_ARN = `arn:aws:iam::${ACCOUNT}:oidc-provider/${PROVIDER}`
export const SUBJECT = 'system:serviceaccount:apps:web'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/pods`
export const FORM = 'application/x-www-form-urlencoded; charset=utf-8'

export interface Fixture {
  service: TestService
  /** What the server answers to a request without a signature, whose body and headers are these. */
  send(body: string, headers?: Record<string, string>, query?: string): Promise<Reply & { error: string }>
  /** The same, for AssumeRoleWithWebIdentity. */
  assume(input?: object): Promise<Reply & { error: string }>
  token(claims?: object, key?: typeof KEY): string
}

/** A server that accepts one issuer, in whose account a provider and a role trust the service account `web`. */
export async function fixture(t: TestContext): Promise<Fixture> {
  const service = await TestService.open('on')
  t.after(() => service[Symbol.asyncDispose]())
  const world = new FakeWorld()
  world.publish([jwk(KEY, 'k')], ISSUER)
  const { clock, directory, logger } = service.services
  const issuers = [{ issuer: ISSUER, audiences: ['sts', 'other'], jwks: { fetched: true } as const }]
  const verifyToken = webIdentityVerifier({ issuers, outbound: world, clock, logger })
  const unsigned = (): Promise<never> => Promise.reject(missingToken())
  const { handle } = serviceHandler(orWebIdentity(unsigned, { verifyToken, directory }), service.services)

  const send: Fixture['send'] = async (body, headers = { 'Content-Type': FORM }, query = '') => {
    const rest = { sourceIp: '192.0.2.7', secure: true, requestId: 'r', receivedAtMs: clock.now() }
    const request: RawRequest = {
      method: body === '' ? 'GET' : 'POST',
      path: '/',
      query,
      headers: groupHeaders(Object.entries(headers).flat()),
      body: Buffer.from(body),
      ...rest,
    }
    const answer = await handle(request)
    const content = readAnswer(Buffer.from(answer.body.bytes).toString())
    return { status: answer.status, body: content, error: `${String(content['Code'])}: ${String(content['Message'])}` }
  }
  const token: Fixture['token'] = (claims = {}, key = KEY) => {
    const now = clock.now() / 1000
    const all = { iss: ISSUER, aud: 'sts', sub: SUBJECT, iat: now, exp: now + 600, ...claims }
    return signed(key, { alg: 'RS256', kid: 'k' }, all)
  }
  const assume: Fixture['assume'] = (input = {}) => {
    const all = { RoleArn: ROLE, RoleSessionName: 'pod-1', WebIdentityToken: token(), ...input }
    return send(formBody('AssumeRoleWithWebIdentity', '2011-06-15', all))
  }
  await service.iam('CreateOpenIDConnectProvider', { Url: ISSUER, ClientIDList: ['sts'] })
  await service.iam('CreateRole', { RoleName: 'pods', AssumeRolePolicyDocument: trusting(SUBJECT) })
  return { service, send, assume, token }
}

export function trusting(subject: string, more: object = {}): string {
  const condition = { StringEquals: { [`${PROVIDER}:sub`]: subject, ...more } }
  return trust({ Federated: PROVIDER_ARN }, 'sts:AssumeRoleWithWebIdentity', condition)
}
