import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { expand, parseScript, pattern } from './script.ts'
import { follow } from './transcript.ts'
import { cleanEnvironment, temporaryFolder } from './vault.ts'

describe('a script', () => {
  test('has steps and files', () => {
    const { steps, files } = parseScript("# why\n\n! 5 keyhold decrypt 'a b'\n-- one --\n1\n\n-- two --\n2\n")
    assert.partialDeepStrictEqual(steps, [{ line: 3, negated: true, command: '5' }])
    assert.deepEqual(
      steps[0]?.words.map((word) => expand(word, {})),
      ['keyhold', 'decrypt', 'a b'],
    )
    assert.deepEqual(
      [...files],
      [
        ['one', '1\n\n'],
        ['two', '2\n'],
      ],
    )
  })

  test('replaces variables outside of quotes', () => {
    const [word] = parseScript("x $A-'$A'$B").steps[0]!.words
    assert.equal(expand(word!, { A: 'a.', B: '' }), 'a.-$A')
    assert.throws(() => expand(word!, { A: 'a' }), /\$B has no value/)
  })

  test('lets a variable stand for itself in a pattern', () => {
    const [word] = parseScript("x '^a.'$A'$'").steps[0]!.words
    assert.ok(pattern(word!, { A: 'b.' }).test('first\nacb.\nlast'))
    assert.ok(!pattern(word!, { A: 'b.' }).test('acbc'))
  })

  test('needs an end to every quote', () => assert.throws(() => parseScript("x 'a"), /line 1: a quote/))
})

describe('following a transcript fails at', () => {
  async function fails(scope: TestContext, step: string, why: RegExp): Promise<void> {
    const folder = temporaryFolder(scope)
    const file = join(folder, 'script')
    writeFileSync(file, `exec printf 'abc'\n${step}\n-- one --\n1\n-- other --\n2\n`)
    await assert.rejects(follow(file, folder, cleanEnvironment()), why)
  }

  for (const [step, why] of [
    ['keyhold encript', /exit code 2/],
    ['! 5 keyhold encript', /exit code 2/],
    ['! 0 keyhold --version', /0/],
    ['! keyhold encript', /say with which exit code/],
    ['! 5 exec false', /keyhold/],
    ['exec false', /exit code 1/],
    ['stdout x', /script:2: stdout x\n[^]*not found[^]*stdout: abc/],
    ["! stdout 'b'", /found/],
    ['stdout', /a pattern is missing/],
    ['stderr .', /not found/],
    ['grep 2 one', /not found/],
    ['cmp one other', /differ/],
    ['! cmp one one', /the same/],
    ['exists one none', /none is missing/],
    ['! exists one', /one exists/],
    ["capture NAME '(x)'", /not found/],
    ['damage one 2', /out of range/],
    ['dance', /no such command/],
  ] as const) {
    test(step, (scope) => fails(scope, step, why))
  }
})
