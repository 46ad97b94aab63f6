import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSignedQuery } from '../../src/sigv4/signed-query.ts'

test('a query without a parameter of a signature is none that is signed', () => {
  for (const query of ['', '&', 'a=b', 'Action=X-Amz-Date', 'X-Amz-Target=a', 'x-amzdate=a', 'X-Amz-DateX=a']) {
    assert.equal(readSignedQuery(query), undefined)
  }
})

test('what signs and what is asked for are told apart, however names are spelled', () => {
  const { parameters, repeated, covered, rest } =
    readSignedQuery('Action=A&X-Amz-Date=d%20&x%2Damz%2dsignature=ab&b=%5a+&&X-AMZ-TARGET&X-Amz-Expires=1+') ??
    assert.fail()
  assert.deepEqual(Object.fromEntries(parameters), {
    'x-amz-date': 'd ',
    'x-amz-signature': 'ab',
    'x-amz-target': '',
    'x-amz-expires': '1 ',
  })
  assert.equal(repeated, undefined)
  assert.deepEqual(covered, ['Action=A&X-Amz-Date=d%20&b=%5a+&&X-AMZ-TARGET&X-Amz-Expires=1+'])
  assert.equal(rest, 'Action=A&b=%5a+&')
})

test('a session token may have been added after signing, wherever it is', () => {
  const { covered, rest } = readSignedQuery('a=1&X-Amz-Security-Token=t%3D&X-Amz-Signature=s&b=2') ?? assert.fail()
  assert.deepEqual(covered, ['a=1&X-Amz-Security-Token=t%3D&b=2', 'a=1&b=2'])
  assert.equal(rest, 'a=1&b=2')
})

test('a parameter that comes twice is named', () => {
  for (const second of ['X-Amz-Date=b', 'x-amz-date', 'X%2dAmz-Date=a']) {
    assert.equal(readSignedQuery(`X-Amz-Date=a&c&${second}`)?.repeated, 'x-amz-date')
  }
  assert.equal(readSignedQuery('X-Amz-Date=a&X-Amz-Meta=1&X-Amz-Meta=1')?.repeated, 'x-amz-meta')
})

for (const part of ['%', '%zz', '%FF', 'a=%C3', '%C3%=']) {
  test(`a query with ${part} is refused, signed or not, after one look at it`, () => {
    for (const query of [part, `a=1&${part}&X-Amz-Date=a`]) {
      assert.throws(() => readSignedQuery(query), { code: 'IncompleteSignatureException' })
    }
  })
}

test('a query of more than 1000 parameters is refused', () => {
  assert.notEqual(readSignedQuery(`X-Amz-Date=a${'&a'.repeat(999)}`), undefined)
  for (const query of [`X-Amz-Date=a${'&a'.repeat(1000)}`, '&'.repeat(1000)]) {
    assert.throws(() => readSignedQuery(query), { code: 'IncompleteSignatureException' })
  }
})
