import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkIssuers,
  hostsOfIssuers,
  type OidcIssuer,
  providerName,
} from '../../../../src/identity/authentication/web-identity/issuer.ts'

const issuer = (more: Partial<OidcIssuer> = {}): OidcIssuer => ({
  issuer: 'https://issuer.test',
  audiences: ['keyhold'],
  jwks: { fetched: true },
  ...more,
})

for (const text of [
  'https://issuer.test',
  'https://issuer.test/',
  'https://issuer.test:8443/a/b',
  'https://10.0.0.1',
]) {
  test(`${text} can be an issuer`, () => {
    checkIssuers([issuer({ issuer: text })])
  })
}

const NO_ISSUERS = ['http://issuer.test', 'issuer.test', '', 'https://issuer.test?a', 'https://issuer.test/#a']
const NOR_THESE = [
  'https://a@issuer.test',
  'https://ISSUER.test',
  'https://issuer.test:443',
  'https://issuer.test/a/../b',
]

for (const text of [...NO_ISSUERS, ...NOR_THESE, `https://issuer.test/${'x'.repeat(255)}`]) {
  test(`${text.slice(0, 40)} cannot be an issuer`, () => {
    assert.throws(() => checkIssuers([issuer({ issuer: text })]), TypeError)
  })
}

test('an issuer needs audiences, and not too many', () => {
  for (const audiences of [[], [''], ['x'.repeat(256)], Array.from({ length: 101 }, (_, index) => `a${index}`)]) {
    assert.throws(() => checkIssuers([issuer({ audiences })]), /audiences/)
  }
})

test('two issuers that condition keys cannot tell apart are refused', () => {
  const pair = [issuer({ issuer: 'https://issuer.test/A' }), issuer({ issuer: 'https://issuer.test/a' })]
  assert.throws(() => checkIssuers(pair), /twice/)
})

test('policies name a provider by its issuer without the scheme', () => {
  assert.equal(providerName('https://issuer.test/tenant'), 'issuer.test/tenant')
})

test('only hosts of issuers whose keys are fetched are called, as the operator described them', () => {
  const fetched = issuer({ issuer: 'https://issuer.test:8443/a', internal: true, caFile: 'ca.pem' })
  const byFile = issuer({ issuer: 'https://other.test', jwks: { file: 'keys.json' } })
  assert.deepEqual(hostsOfIssuers([fetched, byFile]), [{ host: 'issuer.test:8443', internal: true, caFile: 'ca.pem' }])
})
