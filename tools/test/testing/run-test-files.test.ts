import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { folder } from '../../testing/folder.ts'
import { ended, type Ended } from '../../testing/keyhold.ts'

const CHILD = join(import.meta.dirname, 'children/run-test-files.ts')
const HEAD = "import assert from 'node:assert/strict'\nimport { after, before, describe, test } from 'node:test'\n"
const PASSES = "test('passes', () => {})\n"
const FOREVER = 'await new Promise((resolve) => setInterval(resolve, 2 ** 30))'

/** Runs test files with these texts, in this order, in two processes. */
async function run(texts: Readonly<Record<string, string>>): Promise<Ended> {
  await using place = await folder()
  const paths = Object.keys(texts).map((name) => place.path(`${name}.test.ts`))
  await Promise.all(Object.values(texts).map((text, index) => writeFile(paths[index]!, HEAD + text)))
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return await ended(spawn(process.execPath, ['--conditions=source', CHILD, ...paths], { env }))
}

/** The counts of the runner's closing lines. */
function counts({ stdout }: Ended): Record<string, number> {
  const lines = stdout.matchAll(/^ℹ (tests|pass|fail|cancelled|skipped) (\d+)$/gm)
  return Object.fromEntries(Array.from(lines, (line) => [line[1]!, Number(line[2])]))
}

describe('a run of test files', { concurrency: 2 }, () => {
  test('counts the tests of all files, in shared processes and others', async () => {
    const lone = "// Runs alone: it must.\ntest('lone', () => assert.match(process.argv[1], /alone-0-/))\n"
    const skips = "test('is skipped', { skip: 'why not' }, () => assert.fail())\n"
    const result = await run({ one: PASSES + PASSES, two: PASSES, three: PASSES, lone, skips })
    assert.equal(result.status, 0, result.stdout)
    assert.deepEqual(counts(result), { tests: 6, pass: 5, fail: 0, cancelled: 0, skipped: 1 })
    assert.equal(result.stderr, '')
  })

  test('takes a file whose tests are all skipped for one that has tests', async () => {
    const suite = "describe('together', { skip: 'no such tool' }, () => test('a', () => assert.fail()))\n"
    const skipped = await run({ suite, test: "test('a', { skip: 'no such tool' }, () => assert.fail())\n" })
    assert.equal(skipped.status, 0, skipped.stdout)
    assert.equal(skipped.stderr, '')
    const empty = await run({
      suite: suite.replace(", { skip: 'no such tool' }, () => test('a', () => assert.fail())", ', () => {}'),
    })
    assert.equal(empty.status, 1)
  })

  test('keeps the hooks of a file to its own tests', async () => {
    const file = `globalThis.hooked ??= 0\nlet own = 0
      before(() => { globalThis.hooked += 1; own += 1 })
      after(() => { globalThis.hooked -= 1 })
      test('is hooked', () => assert.deepEqual([globalThis.hooked, own], [1, 1]))`
    const result = await run({ a: file, b: file, c: file, d: file })
    assert.deepEqual([result.status, counts(result)['pass']], [0, 4], result.stdout)
  })

  for (const [what, text, why] of [
    ['test that fails', "test('fails', () => assert.fail('for a reason'))", /for a reason/],
    ['file that throws', "throw new Error('of the file')", /of the file/],
    ['hook that throws', `before(() => assert.fail('of the hook'))\n${PASSES}`, /of the hook/],
    ['test that never ends', `test('hangs', async () => { ${FOREVER} })`, /timed out after 2000ms/],
    ['rejection that is not awaited', `test('a', () => { void Promise.reject(new Error('alone')) })`, /alone/],
  ] as const) {
    test(`fails at a ${what}, and goes on`, async () => {
      const result = await run({ first: PASSES, bad: text, next: PASSES, last: PASSES })
      assert.equal(result.status, 1)
      assert.match(result.stdout, why)
      assert.equal(result.stdout.match(/✔ passes/g)?.length, 3)
    })
  }

  for (const [what, text, why] of [
    ['file that has no test', '', /bad\.test\.ts registers no test\./],
    ['test that ends the process', "test('ends', () => process.exit(0))", /bad\.test\.ts did not come to its end/],
    ['test that crashes', "test('crashes', () => process.abort())", /bad\.test\.ts did not come to its end/],
    ['timer left behind', "test('a', () => { setInterval(() => {}, 2 ** 30) })", /has left open .*: .*Timeout/],
    ['loop without an end', "test('loops', () => { for (;;); })", /bad\.test\.ts takes longer than 4 s/],
    ['file that awaits for ever', FOREVER, /bad\.test\.ts takes longer than 4 s/],
  ] as const) {
    test(`fails at a ${what}, and says so`, async () => {
      const result = await run({ first: PASSES, bad: text })
      assert.equal(result.status, 1, result.stdout)
      assert.match(result.stdout + result.stderr, why)
    })
  }

  test('names the files that no process was left to run', async () => {
    const bad = "test('ends', () => process.exit(0))"
    const { status, stderr } = await run({ one: bad, two: bad, three: PASSES })
    assert.equal(status, 1)
    assert.match(stderr, /three\.test\.ts was not run\./)
  })
})
