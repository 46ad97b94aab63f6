import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { WebIdentityProblem } from '../../../../src/identity/authentication/web-identity/refusal.ts'
import { WebIdentityRefusal } from '../../../../src/identity/authentication/web-identity/refusal.ts'
import { webIdentityVerifier } from '../../../../src/identity/authentication/web-identity/verify-web-identity.ts'
import { manualClock } from '../../../support/manual-clock.ts'
import { silentLogger } from '../../../support/silent-logger.ts'
import {
  AUDIENCE,
  claims,
  ecKey,
  edKey,
  FakeWorld,
  fixture,
  hmac,
  ISSUER,
  jwk,
  NOW,
  NOW_MS,
  rsaKey,
  signed,
  token,
} from './fixture.ts'

const RSA = rsaKey()
const EC = ecKey()
const EC384 = ecKey('P-384')
const ED = edKey()
const STRANGER = rsaKey()
const KEYS = [jwk(RSA, 'rsa'), jwk(EC, 'ec', { use: 'sig', alg: 'ES256' }), jwk(EC384, 'ec384'), jwk(ED, 'ed')]

const RS256 = { alg: 'RS256', kid: 'rsa' }
const { verify, world } = fixture(KEYS)

async function refused(call: Promise<unknown>, code: WebIdentityProblem, says = /./): Promise<void> {
  const error: unknown = await call.then(
    () => assert.fail('it was accepted'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WebIdentityRefusal, String(error))
  assert.equal(error.code, code, error.message)
  assert.match(error.message, says)
}

test('a token identifies its subject, with the values of its condition keys', async () => {
  assert.deepEqual(await verify(signed(RSA, RS256, claims({ amr: ['mfa', 'pwd'] }))), {
    issuer: ISSUER,
    subject: 'system:serviceaccount:apps:web',
    audience: AUDIENCE,
    claims: {
      'issuer.test/tenant:sub': ['system:serviceaccount:apps:web'],
      'issuer.test/tenant:aud': [AUDIENCE],
      'issuer.test/tenant:amr': ['mfa', 'pwd'],
    },
    expiresMs: NOW_MS + 3_600_000,
    tags: [],
    transitiveTagKeys: [],
  })
})

const PAIRS = { RS256: RSA, RS384: RSA, RS512: RSA, PS256: RSA, ES256: EC, ES384: EC384, EdDSA: ED }
const KIDS = new Map([
  [RSA, 'rsa'],
  [EC, 'ec'],
  [EC384, 'ec384'],
  [ED, 'ed'],
])

for (const [alg, pair] of Object.entries(PAIRS)) {
  test(`${alg} is accepted, and a changed signature is not`, async () => {
    const good = signed(pair, { alg, kid: KIDS.get(pair) })
    assert.equal((await verify(good)).issuer, ISSUER)
    const [head, body, signature = ''] = good.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    bytes[9] = (bytes[9] ?? 0) ^ 1
    await refused(verify(`${head}.${body}.${bytes.toString('base64url')}`), 'InvalidIdentityToken', /signature/)
  })
}

test('no change of a single character of a token leaves it valid', async () => {
  const good = signed(EC, { alg: 'ES256', kid: 'ec' })
  const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='
  // Four bits of the last character stand for nothing: no other reading of the token hangs on them.
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 2), fc.constantFrom(...base64url), async (at, character) => {
      fc.pre(character !== good[at])
      await assert.rejects(verify(good.slice(0, at) + character + good.slice(at + 1)), WebIdentityRefusal)
    }),
    { numRuns: 300 },
  )
})

const publicPem = RSA.publicKey.export({ type: 'spki', format: 'pem' })
const publicDer = RSA.publicKey.export({ type: 'spki', format: 'der' })

const FORGED_ALGORITHMS: Record<string, string> = {
  none: token({ alg: 'none' }, claims(), () => Buffer.of(0)),
  'none in other letters': token({ alg: 'nOnE', kid: 'rsa' }, claims(), () => Buffer.of(0)),
  'HS256 with the public key as PEM': token({ alg: 'HS256', kid: 'rsa' }, claims(), hmac(publicPem)),
  'HS256 with the public key as DER': token({ alg: 'HS256', kid: 'rsa' }, claims(), hmac(publicDer)),
  'HS256 with an empty key': token({ alg: 'HS256' }, claims(), hmac('')),
  PS384: signed(RSA, { alg: 'PS384', kid: 'rsa' }),
  ES512: signed(ecKey('P-521'), { alg: 'ES512' }),
  Ed25519: token({ alg: 'Ed25519', kid: 'ed' }, claims(), () => Buffer.alloc(64)),
  'a list': token({ alg: ['RS256'], kid: 'rsa' }, claims(), () => Buffer.of(0)),
  __proto__x: token({ alg: '__proto__', kid: 'rsa' }, claims(), () => Buffer.of(0)),
}

for (const [what, forged] of Object.entries(FORGED_ALGORITHMS)) {
  test(`a token with the algorithm ${what} is refused without any key being asked`, async () => {
    const { verify, world } = fixture(KEYS)
    await refused(verify(forged), 'InvalidIdentityToken')
    assert.equal(world.asked.length, 0)
  })
}

test('an unsigned token is refused', async () => {
  const [head, body] = token({ alg: 'none' }, claims(), () => Buffer.of(0)).split('.')
  await refused(verify(`${head}.${body}.`), 'InvalidIdentityToken', /not a signed JWT/)
})

test('a key is used with the algorithms of its type only', async () => {
  await refused(verify(signed(RSA, { alg: 'RS256', kid: 'ec' })), 'InvalidIdentityToken')
  await refused(verify(signed(EC, { alg: 'ES256', kid: 'ec384' })), 'InvalidIdentityToken')
  const restricted = fixture([jwk(RSA, 'rsa', { alg: 'RS512' }), jwk(EC, 'ec', { use: 'enc' })])
  await refused(restricted.verify(signed(RSA, RS256)), 'InvalidIdentityToken', /does not publish/)
  await refused(restricted.verify(signed(EC, { alg: 'ES256', kid: 'ec' })), 'InvalidIdentityToken')
})

test("a stranger's key is of no use, whatever its token calls it or brings along", async () => {
  const own = STRANGER.publicKey.export({ format: 'jwk' })
  const links = { jku: 'https://evil.test/keys', x5u: 'https://evil.test/certificate', x5c: ['MIIB'] }
  await refused(verify(signed(STRANGER, RS256)), 'InvalidIdentityToken', /signature/)
  await refused(verify(signed(STRANGER, { ...RS256, jwk: own, ...links })), 'InvalidIdentityToken')
  await refused(verify(signed(STRANGER, { alg: 'RS256', kid: 'new', jwk: own })), 'InvalidIdentityToken')
  assert.deepEqual(
    world.asked.filter((url) => url.includes('evil')),
    [],
  )
})

test('keys and links in the header of a good token are ignored', async () => {
  const header = { ...RS256, jwk: STRANGER.publicKey.export({ format: 'jwk' }), jku: 'https://evil.test/keys' }
  assert.equal((await verify(signed(RSA, header))).issuer, ISSUER)
})

test('extensions that must be understood are not', async () => {
  const header = { ...RS256, crit: ['exp'], exp: NOW + 60 }
  await refused(verify(signed(RSA, header)), 'InvalidIdentityToken')
  await refused(verify(signed(RSA, { ...RS256, crit: ['b64'], b64: false })), 'InvalidIdentityToken')
})

test('without a key id the one key that fits is used; among several none is', async () => {
  assert.equal((await verify(signed(RSA, { alg: 'RS256' }))).issuer, ISSUER)
  const { verify: ambiguous } = fixture([jwk(RSA, 'a'), jwk(STRANGER, 'b')])
  await refused(ambiguous(signed(RSA, { alg: 'RS256' })), 'InvalidIdentityToken')
  const { verify: same } = fixture([jwk(RSA, 'same'), jwk(STRANGER, 'same')])
  await refused(same(signed(RSA, { alg: 'RS256', kid: 'same' })), 'InvalidIdentityToken')
})

test('a key of one issuer does not sign for another', async () => {
  const other = 'https://other.test'
  const world = new FakeWorld()
  world.publish([jwk(RSA, 'rsa')])
  world.publish([jwk(STRANGER, 'rsa')], other)
  const issuers = [ISSUER, other].map((issuer) => ({ issuer, audiences: [AUDIENCE], jwks: { fetched: true } as const }))
  const clock = manualClock(NOW_MS)
  const verify = webIdentityVerifier({ issuers, outbound: world, clock, logger: silentLogger })
  assert.equal((await verify(signed(STRANGER, RS256, claims({ iss: other })))).issuer, other)
  await refused(verify(signed(STRANGER, RS256)), 'InvalidIdentityToken', /signature/)
  await refused(verify(signed(RSA, RS256, claims({ iss: other }))), 'InvalidIdentityToken', /signature/)
})

const WRONG_CLAIMS: Record<string, { of: object; code: WebIdentityProblem; says: RegExp }> = {
  'another issuer': { of: { iss: 'https://evil.test' }, code: 'InvalidIdentityToken', says: /issuer/ },
  'the issuer with a slash at its end': { of: { iss: `${ISSUER}/` }, code: 'InvalidIdentityToken', says: /issuer/ },
  'the issuer in capitals': { of: { iss: ISSUER.toUpperCase() }, code: 'InvalidIdentityToken', says: /issuer/ },
  'no issuer': { of: { iss: undefined }, code: 'InvalidIdentityToken', says: /not a signed JWT/ },
  'a list of issuers': { of: { iss: [ISSUER] }, code: 'InvalidIdentityToken', says: /not a signed JWT/ },
  'another audience': { of: { aud: 'sts.amazonaws.com' }, code: 'InvalidIdentityToken', says: /audience/ },
  'only a part of the audience': { of: { aud: 'keyhol' }, code: 'InvalidIdentityToken', says: /audience/ },
  'no audience': { of: { aud: undefined }, code: 'InvalidIdentityToken', says: /'aud'/ },
  'no audience in a list': { of: { aud: [] }, code: 'InvalidIdentityToken', says: /audience/ },
  'an audience that is no text': { of: { aud: [AUDIENCE, 1] }, code: 'InvalidIdentityToken', says: /'aud'/ },
  'no subject': { of: { sub: undefined }, code: 'InvalidIdentityToken', says: /'sub'/ },
  'an empty subject': { of: { sub: '' }, code: 'InvalidIdentityToken', says: /'sub'/ },
  'a subject that is no text': { of: { sub: ['a'] }, code: 'InvalidIdentityToken', says: /'sub'/ },
  'a subject with a line break': { of: { sub: 'a\nb' }, code: 'InvalidIdentityToken', says: /'sub'/ },
  'a subject of 256 characters': { of: { sub: 'x'.repeat(256) }, code: 'InvalidIdentityToken', says: /'sub'/ },
  'methods that are no text': { of: { amr: [1] }, code: 'InvalidIdentityToken', says: /'amr'/ },
  'no expiry': { of: { exp: undefined }, code: 'InvalidIdentityToken', says: /'exp'/ },
  'an expiry that is text': { of: { exp: String(NOW + 60) }, code: 'InvalidIdentityToken', says: /'exp'/ },
  'an expiry that is now': { of: { exp: NOW }, code: 'ExpiredTokenException', says: /expired/ },
  'an expiry a second ago': { of: { exp: NOW - 1 }, code: 'ExpiredTokenException', says: /expired/ },
  'an expiry long ago': { of: { exp: 0 }, code: 'ExpiredTokenException', says: /expired/ },
  'a start in 61 seconds': { of: { nbf: NOW + 61 }, code: 'IDPRejectedClaim', says: /'nbf'/ },
  'a start that is text': { of: { nbf: 'now' }, code: 'InvalidIdentityToken', says: /'nbf'/ },
  'issuance in 61 seconds': { of: { iat: NOW + 61 }, code: 'IDPRejectedClaim', says: /'iat'/ },
  'issuance that is text': { of: { iat: 'now' }, code: 'InvalidIdentityToken', says: /'iat'/ },
  'a life of more than a day': { of: { exp: NOW + 86_401 }, code: 'IDPRejectedClaim', says: /24 hours/ },
  'a life of a day and a second, of which most is over': {
    of: { iat: NOW - 86_000, exp: NOW + 401 },
    code: 'IDPRejectedClaim',
    says: /24 hours/,
  },
  'an expiry in more than a day and no time of issuance': {
    of: { iat: undefined, exp: NOW + 86_401 },
    code: 'IDPRejectedClaim',
    says: /24 hours/,
  },
}

for (const [what, { of, code, says }] of Object.entries(WRONG_CLAIMS)) {
  test(`a well-signed token with ${what} is refused with ${code}`, async () => {
    await refused(verify(signed(RSA, RS256, claims(of))), code, says)
  })
}

const RIGHT_CLAIMS: Record<string, object> = {
  'one of several audiences': { aud: ['other', AUDIENCE] },
  'a start in 60 seconds': { nbf: NOW + 60 },
  'issuance in 60 seconds': { iat: NOW + 60 },
  'a life of a day': { exp: NOW + 86_400 },
  'no time of issuance': { iat: undefined },
  'an expiry within this second': { exp: NOW + 0.5 },
  'a subject of 255 characters': { sub: 'x'.repeat(255) },
  'a subject of other alphabets': { sub: 'Größe:一' },
  'claims that are not used': { 'kubernetes.io': { namespace: 'apps' }, SUB: 'admin', ['__proto__']: { sub: 'admin' } },
}

for (const [what, of] of Object.entries(RIGHT_CLAIMS)) {
  test(`a token with ${what} is accepted`, async () => {
    const { audience, claims: values } = await verify(signed(RSA, RS256, claims(of)))
    assert.equal(audience, AUDIENCE)
    assert.deepEqual(Object.keys(values), ['issuer.test/tenant:sub', 'issuer.test/tenant:aud'])
  })
}

test("the audiences of a token's condition key are those that are configured", async () => {
  const { verify } = fixture(KEYS, { audiences: ['one', 'two', 'three'] })
  const identity = await verify(signed(RSA, RS256, claims({ aud: ['three', 'other', 'one'] })))
  assert.deepEqual(identity.claims['issuer.test/tenant:aud'], ['one', 'three'])
  assert.equal(identity.audience, 'one')
})

test('time is that of the clock', async () => {
  const { verify, clock } = fixture(KEYS)
  const once = signed(RSA, RS256)
  await verify(once)
  clock.advance(3_599_999)
  await verify(once)
  clock.advance(1)
  await refused(verify(once), 'ExpiredTokenException')
})

const TWICE = '{"iss":"https://issuer.test/tenant","aud":"keyhold","sub":"a","sub":"admin","exp":1893459600}'
const MALFORMED: Record<string, string> = {
  'a claim twice': signed(RSA, RS256, TWICE),
  'a claim twice, once in escapes': signed(RSA, RS256, TWICE.replace('"sub"', '"s\\u0075b"')),
  'a header member twice': token('{"alg":"RS256","alg":"none","kid":"rsa"}', claims(), () => Buffer.of(0)),
  'claims that are a list': signed(RSA, RS256, '[]'),
  'claims that are no JSON': signed(RSA, RS256, 'iss'),
  'a byte order mark before the claims': signed(RSA, RS256, `\ufeff${JSON.stringify(claims())}`),
  'claims nested too deeply': signed(
    RSA,
    RS256,
    claims({ deep: JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown }),
  ),
  'two parts': signed(RSA, RS256).split('.').slice(0, 2).join('.'),
  'four parts': `${signed(RSA, RS256)}.AA`,
  'five parts': `${signed(RSA, RS256)}.AA.AA`,
  padding: `${signed(RSA, RS256)}=`,
  'a line break at its end': `${signed(RSA, RS256)}\n`,
  'nothing in it': '',
  'more than 16 KiB': signed(RSA, RS256, claims({ pad: 'x'.repeat(12 * 1024) })),
}

for (const [what, text] of Object.entries(MALFORMED)) {
  test(`a token with ${what} is refused before any key is asked`, async () => {
    const { verify, world } = fixture(KEYS)
    await refused(verify(text), 'InvalidIdentityToken', /not a signed JWT/)
    assert.equal(world.asked.length, 0)
  })
}

test('a token of almost 16 KiB is accepted', async () => {
  const large = signed(RSA, RS256, claims({ pad: 'x'.repeat(11.5 * 1024) }))
  assert.ok(large.length > 15.5 * 1024 && large.length <= 16 * 1024)
  await verify(large)
})

test('no refusal contains text of a token', async () => {
  const evil = signed(STRANGER, { alg: 'EVIL', kid: 'EVIL' }, claims({ iss: 'EVIL', sub: 'EVIL' }))
  const wrongIssuer = signed(STRANGER, { alg: 'RS256', kid: 'EVIL' }, claims({ iss: 'EVIL' }))
  const wrongAudience = signed(RSA, RS256, claims({ aud: 'EVIL' }))
  for (const text of [evil, wrongIssuer, wrongAudience])
    await assert.rejects(verify(text), ({ message }: Error) => !message.includes('EVIL'))
})
