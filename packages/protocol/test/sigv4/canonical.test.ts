import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalRequest } from '../../src/sigv4/canonical.ts'
import type { CanonicalParts } from '../../src/sigv4/canonical.ts'

const BASE: CanonicalParts = { method: 'GET', path: '/', query: '', headers: {}, signedHeaders: [], payloadHash: 'h' }

const line = (index: number, parts: Partial<CanonicalParts>): string | undefined =>
  canonicalRequest({ ...BASE, ...parts }).split('\n')[index]
const path = (text: string) => line(1, { path: text })
const query = (text: string) => line(2, { query: text })

test('the parts stand in their order', () => {
  const headers = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z', other: 'unsigned' }
  const parts = {
    method: 'POST',
    path: '/',
    query: 'a=b',
    headers,
    signedHeaders: ['host', 'x-amz-date'],
    payloadHash: 'hash',
  }
  assert.equal(
    canonicalRequest(parts),
    'POST\n/\na=b\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\nhash',
  )
})

test('paths are normalised and encoded once more', () => {
  const cases = {
    '/': '/',
    '': '/',
    '//': '/',
    '/./': '/',
    '/example/..': '/',
    '/example1/example2/../..': '/',
    '/./example': '/example',
    '//example//': '/example/',
    '/a/b/..': '/a/',
    '/a/.': '/a/',
    '/a..': '/a..',
    '/../../a': '/a',
    '/-._~0aZ': '/-._~0aZ',
    '/%E1%88%B4': '/%25E1%2588%25B4',
    "/a!'()*b": '/a%21%27%28%29%2Ab',
  }
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((text) => [text, path(text)])), cases)
})

test('queries are encoded in the one canonical way and sorted by name, then value', () => {
  const cases = {
    'b=2&a=1': 'a=1&b=2',
    'a=2&a=10&a=1': 'a=1&a=10&a=2',
    'Param2=b&Param10=a': 'Param10=a&Param2=b',
    'a=1&A=2': 'A=2&a=1',
    'a-b=1&a=2': 'a=2&a-b=1',
    a: 'a=',
    'a=&&': 'a=',
    'a=b=c': 'a=b%3Dc',
    'a=%7e%2f ': 'a=~%2F%20',
    'a=%E1%88%B4&a=ሴ': 'a=%E1%88%B4&a=%E1%88%B4',
    'a=100%': 'a=100%25',
    'a=1+1&b=1%2B1': 'a=1%201&b=1%2B1',
    'a=\ud800': 'a=%EF%BF%BD',
    "a=!'()*": 'a=%21%27%28%29%2A',
  }
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((text) => [text, query(text)])), cases)
})

test('header values are trimmed and their runs of white space collapsed', () => {
  const value = (text: string | readonly string[]) => line(3, { headers: { a: text }, signedHeaders: ['a'] })
  assert.equal(value('  b   c \t d  '), 'a:b c d')
  assert.equal(value('"b   c"'), 'a:"b c"')
  assert.equal(value('b\r\n  c'), 'a:b c')
  assert.equal(value('\u00a0b'), 'a:\u00a0b')
  assert.equal(value(['v4', ' v1 ', 'v3']), 'a:v4,v1,v3')
})

test('a signed header that was not sent is empty, whatever prototypes have', () => {
  assert.equal(line(3, { signedHeaders: ['absent'] }), 'absent:')
  assert.equal(line(3, { signedHeaders: ['constructor'] }), 'constructor:')
  assert.equal(line(3, { signedHeaders: ['__proto__'] }), '__proto__:')
})
