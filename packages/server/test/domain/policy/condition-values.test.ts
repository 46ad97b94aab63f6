import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionValues } from '../../../src/domain/policy/condition-values.ts'
import { readAddress } from '../../../src/domain/policy/language/values/address.ts'
import { readInstant } from '../../../src/domain/policy/language/values/instant.ts'
import { NO_ADDRESS, type RequestFacts } from '../../../src/domain/policy/request-facts.ts'
import { SERVICE, USER } from './language/support.ts'

function valuesOf(facts: Partial<RequestFacts>): (name: string) => readonly string[] | undefined {
  const { get } = conditionValues({
    about: 'keys',
    principal: USER,
    principalTags: [],
    sourceIp: '192.0.2.1',
    userAgent: 'test',
    secure: true,
    timeMs: 0,
    region: 'eu-central-1',
    input: {},
    own: {},
    ...facts,
  })
  return get
}

test('an address of a link is read without the zone that this machine has for it', () => {
  const [address = ''] = valuesOf({ sourceIp: 'fe80::1%eth0' })('aws:sourceip') ?? []
  assert.deepEqual(readAddress(address), readAddress('fe80::1'))
})

test('a client without an address has no source address, and one that is not known has one that matches nothing', () => {
  assert.equal(valuesOf({ sourceIp: NO_ADDRESS })('aws:sourceip'), undefined)
  assert.deepEqual(valuesOf({ sourceIp: '' })('aws:sourceip'), [''])
})

test('times are read as the moments that they are, also in the first hours of 1970', () => {
  for (const timeMs of [0, 1_000_000, 9_999_000, Date.UTC(2026, 5, 1, 12, 0, 0, 57), Date.UTC(9999, 11, 31)]) {
    const get = valuesOf({ timeMs, session: { issuedMs: timeMs } })
    const read = (name: string): number | undefined => readInstant(get(name)?.[0] ?? '')
    assert.equal(read('aws:currenttime'), timeMs)
    assert.equal(read('aws:tokenissuetime'), timeMs)
    assert.equal(read('aws:epochtime'), Math.floor(timeMs / 1000) * 1000)
  }
})

test('a service has a name, and no ARN of a principal', () => {
  const get = valuesOf({ principal: SERVICE })
  assert.equal(get('aws:principalarn'), undefined)
  assert.deepEqual(get('aws:principalservicename'), [SERVICE.arn])
})
