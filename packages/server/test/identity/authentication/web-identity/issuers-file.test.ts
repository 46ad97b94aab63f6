import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseIssuers } from '../../../../src/identity/authentication/web-identity/issuers-file.ts'

const ISSUER = 'issuer: https://issuer.example.com\n  audiences: [sts]'

test('a list of issuers is read, with files relative to that of the list', () => {
  const text = `
- ${ISSUER}
- issuer: https://cluster.internal:6443
  audiences: [keyhold, sts]
  jwks: { file: keys/cluster.json }
  internal: true
  caFile: /etc/ca.pem
`
  assert.deepEqual(parseIssuers(text, '/srv/keyhold'), [
    { issuer: 'https://issuer.example.com', audiences: ['sts'], jwks: { fetched: true }, internal: false },
    {
      issuer: 'https://cluster.internal:6443',
      audiences: ['keyhold', 'sts'],
      jwks: { file: '/srv/keyhold/keys/cluster.json' },
      internal: true,
      caFile: '/etc/ca.pem',
    },
  ])
})

const WRONG: [text: string, says: RegExp][] = [
  ['{', /not YAML/],
  ['issuer: x', /the document: expected a list/],
  ['- x', /\[0\]: expected a mapping/],
  [`- ${ISSUER}\n  audience: x`, /\[0\]\.audience: unknown member/],
  ['- audiences: [sts]', /\[0\]\.issuer/],
  ['- issuer: https://a.example\n  audiences: sts', /\[0\]\.audiences: expected a list/],
  [`- ${ISSUER}\n  jwks: { url: x }`, /\[0\]\.jwks/],
  [`- ${ISSUER}\n  internal: maybe`, /\[0\]\.internal/],
  [`- ${ISSUER}\n  caFile: 1`, /\[0\]\.caFile/],
  ['- issuer: http://a.example\n  audiences: [sts]', /https: URL/],
  [`- ${ISSUER}\n- ${ISSUER}`, /configured twice/],
  ['- issuer: https://a.example\n  audiences: []', /needs 1 to 100 audiences/],
]

for (const [text, says] of WRONG) {
  test(`a list is refused that says ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseIssuers(text, '/'), { name: 'IssuersFileError', message: says })
  })
}
