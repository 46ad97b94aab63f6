import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAuthorization } from '../../src/sigv4/authorization.ts'
import { canonicalRequest } from '../../src/sigv4/canonical.ts'
import type { Headers } from '../../src/sigv4/canonical.ts'

/** A byte that is percent-encoded as two bytes of UTF-8, three characters each, is the worst that a query can bring. */
const MOST_FOR_EACH_BYTE = 6
/** Method, line ends, payload hash. */
const FIXED = 100
const BYTES = 16 * 1024

interface Sent {
  query?: string
  headers?: Record<string, string | string[]>
  signedHeaders: string
}

const CASES: Record<string, Sent> = {
  'one long header named again and again': {
    headers: { host: 'h'.repeat(BYTES / 2) },
    signedHeaders: Array.from({ length: BYTES / 10 }, () => 'host').join(';'),
  },
  'one long header named twice': { headers: { host: 'h'.repeat(BYTES) }, signedHeaders: 'host;host' },
  'headers that are not there': {
    signedHeaders: Array.from({ length: 100 }, (_, index) => `x${1000 + index}`).join(';'),
  },
  'a header with many values': {
    headers: { host: 'h', 'x-many': Array.from({ length: BYTES / 10 }, () => '') },
    signedHeaders: 'host;x-many',
  },
  'nothing but white space': { headers: { host: ' \t'.repeat(BYTES / 2) }, signedHeaders: 'host' },
  'white space between letters': { headers: { host: 'a  '.repeat(BYTES / 3) }, signedHeaders: 'host' },
  'a query of bytes that must be encoded': { query: 'ÿ'.repeat(BYTES), signedHeaders: 'host' },
  'a query of percent signs': { query: '%'.repeat(BYTES), signedHeaders: 'host' },
  'a query of many parameters': { query: '&a=&a'.repeat(BYTES / 5), signedHeaders: 'host' },
  'a query of ampersands': { query: '&'.repeat(BYTES), signedHeaders: 'host' },
}

for (const [what, { query = '', headers = { host: 'h' }, signedHeaders }] of Object.entries(CASES)) {
  test(`what is signed is bounded by what was received: ${what}`, () => {
    const length = canonicalLength(query, headers, signedHeaders)
    const received = query.length + signedHeaders.length + bytesOf(headers)
    assert.ok(length <= MOST_FOR_EACH_BYTE * received + FIXED, `${length} characters of ${received} bytes`)
  })
}

/** 0 for a header that is refused before anything is made of it. */
function canonicalLength(query: string, headers: Headers, signedHeaders: string): number {
  const credential = 'Credential=A/20150830/us-east-1/kms/aws4_request'
  const { authorization } = parseAuthorization(
    `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedHeaders}, Signature=ab12`,
  )
  if (authorization === undefined) return 0
  const { signedHeaders: names } = authorization
  return canonicalRequest({ method: 'POST', path: '/', query, headers, signedHeaders: names, payloadHash: '' }).length
}

/** A header's line has a colon and a line end beside its name and value. */
function bytesOf(headers: Record<string, string | string[]>): number {
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => [name, value]))
  return lines.reduce((sum, [name = '', value = '']) => sum + name.length + value.length + 3, 0)
}
