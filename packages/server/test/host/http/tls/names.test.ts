import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByName, namesOf } from '../../../../src/host/http/tls/names.ts'

test('names are read as node:tls shows them, and none that could be two', () => {
  assert.deepEqual(namesOf('DNS:A.test, DNS:*.b.test, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1'), [
    'a.test',
    '*.b.test',
    '10.0.0.1',
    '2001:db8:0:0:0:0:0:1',
  ])
  assert.deepEqual(namesOf('DNS:"evil.test\\u002c DNS:victim.test", URI:https://a.test, DNS:good.test'), ['good.test'])
  assert.deepEqual(namesOf(undefined), [])
})

test('an exact name goes before a wildcard, which takes the place of one whole label', () => {
  const found = new ByName([
    { names: ['*.a.test', 'a.test'], value: 'wildcard' },
    { names: ['x.a.test', 'A.test'.toLowerCase()], value: 'exact' },
    { names: ['x.a.test', 'f*.b.test', '*.*.c.test', '*'], value: 'third' },
  ])
  const cases: Readonly<Record<string, string | undefined>> = {
    'x.a.test': 'exact',
    'X.A.TEST': 'exact',
    'y.a.test': 'wildcard',
    'a.test': 'wildcard',
    'z.y.a.test': undefined,
    '.a.test': undefined,
    'foo.b.test': undefined,
    'x.y.c.test': undefined,
    test: undefined,
    '': undefined,
    'a.test.': undefined,
    '10.0.0.1': undefined,
  }
  for (const [name, value] of Object.entries(cases)) assert.equal(found.find(name), value, name)
})
