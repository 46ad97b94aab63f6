import assert from 'node:assert/strict'
import { test } from 'node:test'
import { excludesOf } from '../../src/files/exclude.ts'
import { UsageError } from '../../src/base/errors.ts'

const TABLE: readonly [pattern: string, matches: readonly string[], others: readonly string[]][] = [
  ['*.tmp', ['a.tmp', 'x/y/.b.tmp', '.tmp'], ['a.tmpx', 'a.TMP', 'x.tmp/a']],
  ['node_modules', ['node_modules', 'a/node_modules'], ['node_modules2', 'node_modules/a']],
  ['node_modules/', ['node_modules', 'a/node_modules'], ['node_modules/a']],
  ['/cache', ['cache'], ['a/cache']],
  ['cache/old', ['cache/old'], ['a/cache/old', 'cache/older']],
  ['**/old/*.log', ['old/a.log', 'x/y/old/.a.log'], ['old/x/a.log', 'a.log']],
  ['?[ab].{txt,md}', ['xa.txt', 'd/.b.md'], ['xc.txt', 'xxa.txt']],
  ['!a', ['!a'], ['b', 'a']],
  ['a\\*b', ['a*b'], ['axb']],
]

test('patterns match as their words say', () => {
  for (const [pattern, matches, others] of TABLE) {
    const excludes = excludesOf([pattern])
    for (const path of matches) assert.ok(excludes(path.split('/')), `${pattern} matches ${path}`)
    for (const path of others) assert.ok(!excludes(path.split('/')), `${pattern} does not match ${path}`)
  }
  assert.ok(!excludesOf([])(['a']))
  assert.ok(excludesOf(['a', 'b'])(['b']))
})

test('a pattern that says nothing is refused', () => {
  for (const pattern of ['', '/', '//', 'x'.repeat(5000)]) assert.throws(() => excludesOf([pattern]), UsageError)
})
