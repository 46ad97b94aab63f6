import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsOfIssuers, type OidcIssuer } from '../../../../src/identity/authentication/web-identity/issuer.ts'
import { webIdentityVerifier } from '../../../../src/identity/authentication/web-identity/verify-web-identity.ts'
import { createOutbound } from '../../../../src/platform/outbound/outbound.ts'
import { manualClock } from '../../../support/manual-clock.ts'
import { silentLogger } from '../../../support/silent-logger.ts'
import { sendJson, serveTls } from '../../../support/tls-server.ts'
import { AUDIENCE, claims, ecKey, fixture, ISSUER, jwk, NOW, NOW_MS, signed, type KeyPair } from './fixture.ts'

const OLD = ecKey()
const NEW = ecKey()
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

const tokenOf = (pair: KeyPair, kid: string): string =>
  signed(pair, { alg: 'ES256', kid }, claims({ exp: NOW + 80_000 }))
const old = tokenOf(OLD, 'old')
const renewed = tokenOf(NEW, 'new')

test('keys are fetched once for many tokens', async () => {
  const { verify, world } = fixture([jwk(OLD, 'old')])
  await Promise.all(Array.from({ length: 20 }, () => verify(old)))
  await verify(old)
  assert.deepEqual(world.asked, [`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/keys`])
})

test('a token under a new key is accepted as soon as its issuer publishes the key', async () => {
  const { verify, world, clock } = fixture([jwk(OLD, 'old')])
  await verify(old)
  world.publish([jwk(OLD, 'old'), jwk(NEW, 'new')])
  clock.advance(10 * SECOND_MS)
  await verify(renewed)
  await verify(old)
  assert.equal(world.attempts, 2)
})

test('a key that its issuer withdrew is refused after ten minutes', async () => {
  const { verify, world, clock } = fixture([jwk(OLD, 'old')])
  await verify(old)
  world.publish([jwk(NEW, 'new')])
  clock.advance(10 * MINUTE_MS)
  await verify(old)
  clock.advance(1)
  await assert.rejects(verify(old), { code: 'InvalidIdentityToken' })
})

test('made-up key ids cause at most one fetch in ten seconds', async () => {
  const { verify, world, clock } = fixture([jwk(OLD, 'old')])
  await verify(old)
  const made = (index: number): Promise<unknown> =>
    assert.rejects(verify(tokenOf(NEW, `made-up-${index}`)), { code: 'InvalidIdentityToken' })
  for (let index = 0; index < 50; index += 1) await made(index)
  assert.equal(world.attempts, 1)
  clock.advance(10 * SECOND_MS - 1)
  await made(50)
  assert.equal(world.attempts, 1)
  clock.advance(1)
  await Promise.all(Array.from({ length: 50 }, (_, index) => made(index)))
  assert.equal(world.attempts, 2)
})

test('those who wait for one fetch all get its keys', async () => {
  const { verify, world, clock } = fixture([jwk(OLD, 'old')])
  await verify(old)
  clock.advance(MINUTE_MS)
  const { promise, resolve } = Promise.withResolvers<void>()
  world.gate = promise
  world.publish([jwk(NEW, 'new')])
  const waiting = [verify(renewed), verify(renewed), verify(renewed)]
  await verify(old)
  resolve()
  await Promise.all(waiting)
  assert.equal(world.attempts, 2)
})

test('while a fetch is under way none begins, however long it takes', async () => {
  const { verify, world, clock } = fixture([jwk(OLD, 'old')])
  const { promise, resolve } = Promise.withResolvers<void>()
  world.gate = promise
  const first = verify(old)
  clock.advance(MINUTE_MS)
  const second = verify(old)
  resolve()
  await Promise.all([first, second])
  assert.equal(world.attempts, 1)
})

test('while fetching fails keys are used for an hour, and then no longer', async () => {
  const { verify, world, clock, warnings } = fixture([jwk(OLD, 'old')])
  await verify(old)
  world.reachable = false
  clock.advance(60 * MINUTE_MS)
  await verify(old)
  assert.equal(world.attempts, 2)
  assert.equal(warnings.length, 1)
  clock.advance(1)
  await assert.rejects(verify(old), { code: 'IDPCommunicationError' })
  clock.advance(10 * SECOND_MS)
  world.reachable = true
  await verify(old)
})

test('an issuer that cannot be reached is asked again after ten seconds, not with each token', async () => {
  const { verify, world, clock, warnings } = fixture([jwk(OLD, 'old')])
  world.reachable = false
  for (let index = 0; index < 10; index += 1) await assert.rejects(verify(old), { code: 'IDPCommunicationError' })
  assert.equal(world.attempts, 1)
  assert.equal(warnings.length, 1)
  world.reachable = true
  clock.advance(10 * SECOND_MS - 1)
  await assert.rejects(verify(old), { code: 'IDPCommunicationError' })
  clock.advance(1)
  await verify(old)
})

const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`
const BAD_CONFIGURATIONS: Record<string, unknown> = {
  'of another issuer': { issuer: 'https://evil.test', jwks_uri: `${ISSUER}/keys` },
  'of the issuer with a slash': { issuer: `${ISSUER}/`, jwks_uri: `${ISSUER}/keys` },
  'without an issuer': { jwks_uri: `${ISSUER}/keys` },
  'without a place of keys': { issuer: ISSUER },
  'with two places of keys': { issuer: ISSUER, jwks_uri: [`${ISSUER}/keys`] },
  'that is a list': [ISSUER],
  'that is null': null,
}

for (const [what, document] of Object.entries(BAD_CONFIGURATIONS)) {
  test(`a configuration ${what} is not used`, async () => {
    const { verify, world, warnings } = fixture([jwk(OLD, 'old')])
    world.documents.set(DISCOVERY, document)
    await assert.rejects(verify(old), { code: 'IDPCommunicationError' })
    assert.deepEqual(world.asked, [DISCOVERY])
    assert.doesNotMatch(JSON.stringify(warnings), /evil/)
  })
}

test("a slash at the issuer's end is left out of the place of its configuration", async () => {
  const issuer = 'https://issuer.test/'
  const { verify, world } = fixture([], { issuer })
  const place = 'https://issuer.test/.well-known/openid-configuration'
  world.documents.set(place, { issuer, jwks_uri: 'https://issuer.test/keys' })
  world.documents.set('https://issuer.test/keys', { keys: [jwk(OLD, 'old')] })
  await verify(signed(OLD, { alg: 'ES256', kid: 'old' }, claims({ iss: issuer })))
  assert.equal(world.asked[0], place)
})

test('a bug is no failure of the issuer', async () => {
  const { verify, world } = fixture([jwk(OLD, 'old')])
  world.gate = Promise.reject(new RangeError('a bug'))
  await assert.rejects(verify(old), RangeError)
})

test('keys come by TLS through the guard, and from no host that is not allowed', async () => {
  const server = await serveTls((request, response) => {
    if (request.url === '/keys') return sendJson(response, { keys: [jwk(OLD, 'old')] })
    const own = `https://127.0.0.1:${server.port}`
    const [, issuer] = /^(.*)\/\.well-known/.exec(request.url ?? '') ?? []
    const host = issuer === '/elsewhere' ? `localhost:${server.port}` : `127.0.0.1:${server.port}`
    return sendJson(response, { issuer: own + issuer, jwks_uri: `https://${host}/keys` })
  })
  const own = `https://127.0.0.1:${server.port}`
  const issuers = ['/here', '/elsewhere'].map((path): OidcIssuer => ({
    issuer: own + path,
    audiences: [AUDIENCE],
    jwks: { fetched: true },
    internal: true,
    caFile: server.caFile,
  }))
  const outbound = createOutbound({ allowedHosts: hostsOfIssuers(issuers) })
  const clock = manualClock(NOW_MS)
  const verify = webIdentityVerifier({ issuers, outbound, clock, logger: silentLogger })
  const token = (path: string): string => signed(OLD, { alg: 'ES256', kid: 'old' }, claims({ iss: own + path }))
  assert.equal((await verify(token('/here'))).issuer, `${own}/here`)
  await assert.rejects(verify(token('/elsewhere')), { code: 'IDPCommunicationError' })
})
