/** The shape of the integration matrix: `npm run matrix` follows the pages themselves. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { problemsOfNeeds } from './matrix/needs.ts'
import { readRecipe, recipeIn, RECIPES } from './matrix/recipe.ts'
import { ROWS } from './matrix/rows.ts'
import { INDEX, tableOf, withTable } from './matrix/table.ts'

test('each row of the matrix has a page, and each page a row', () => {
  assert.deepEqual(readdirSync(RECIPES).toSorted(), ROWS.map(({ name }) => `${name}.md`).toSorted())
})

/** One argument of a package manager's: with the version that was tried, or a checkout of it. */
const PINNED = /^(?:\S+(?:@v?|==|:)\d+(?:\.\d+)+\S*|\.\/source)$/
const INSTALLS = /(?:npm install|pip install|go install|go get|cargo add)((?: +\S+)+)/g

for (const { name } of ROWS) {
  test(`the page ${name} says what is allowed and what is denied, and pins what it installs`, async () => {
    const { install, policy } = await readRecipe(name)
    assert.doesNotMatch(policy, /OTHER/)
    assert.match(readFileSync(join(RECIPES, `${name}.md`), 'utf8').replace(policy, ''), /\bOTHER\b/)
    const words = install.flatMap(({ text }) =>
      [...text.matchAll(INSTALLS)].flatMap(([, list = '']) => list.trim().split(/ +/)),
    )
    const loose = words.filter((word) => !word.startsWith('-') && !PINNED.test(word))
    assert.deepEqual(loose, [])
  })
}

test('the table in the guide has every row, as the rows say it', () => {
  const page = readFileSync(INDEX, 'utf8')
  assert.equal(withTable(page, []), page)
})

test('a client that is not there is a row without a verdict, and one that failed says no', () => {
  const [row, other, third] = ROWS
  assert(row !== undefined && other !== undefined && third !== undefined)
  const outcomes = [
    { row, found: false as const },
    { row: other, found: true as const, version: '1.2', failure: 'line 3' },
    { row: third, found: true as const, version: '4.5' },
  ]
  const verdicts = tableOf(outcomes)
    .split('\n')
    .slice(2, 5)
    .map((line) => line.split(' | ').slice(1, 3))
  assert.deepEqual(verdicts, [
    ['–', 'not found here'],
    ['1.2', '**no**'],
    ['4.5', 'yes'],
  ])
  const kept = withTable(readFileSync(INDEX, 'utf8'), outcomes).split('\n')
  const versions = (name: string) => kept.find((line) => line.includes(`/${name}.md) | `))?.split(' | ')[1]
  assert.equal(versions(other.name), '1.2')
  assert.equal(versions(third.name), '4.5')
  assert.ok(!kept.some((line) => line.includes('not found here')))
})

test('a page without a policy, or without commands, is no recipe', () => {
  const policy = '```json file=policy.json\n{}\n```\n'
  const commands = '```console\n$ true\n```\n'
  const install = '```console install\n$ false\n```\n'
  assert.throws(() => recipeIn(commands), /has no block policy.json/)
  assert.throws(() => recipeIn(policy + install), /nothing/)
  const recipe = recipeIn(policy + install + commands)
  assert.deepEqual([recipe.install.length, recipe.deeds.length], [1, 1])
})

test('a policy that allows more than is used, or a run without a denial, does not pass', () => {
  const policy = JSON.stringify({ Statement: [{ Action: ['kms:Encrypt', 'kms:Decrypt'] }, { Action: 'kms:Sign' }] })
  const used = ['kms:Encrypt', 'kms:Decrypt'].map((action) => ({ action }))
  const denied = { action: 'kms:Encrypt', refused: 'AccessDenied' }
  assert.match(problemsOfNeeds(policy, [...used, denied]).join(), /allows what was not used: kms:Sign/)
  const failed = { action: 'kms:Sign', refused: 'InvalidKeyUsageException' }
  assert.match(problemsOfNeeds(policy, [...used, denied, failed]).join(), /not used: kms:Sign/)
  assert.match(problemsOfNeeds(policy, [...used, { action: 'kms:Sign' }]).join(), /no denial/)
  assert.deepEqual(problemsOfNeeds(policy, [...used, { action: 'kms:Sign' }, denied]), [])
  const absent = { action: 'kms:Sign', refused: 'NoSuchEntityException' }
  assert.deepEqual(problemsOfNeeds(policy, [...used, absent, denied]), [])
})
