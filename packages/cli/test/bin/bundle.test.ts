import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Script } from 'node:vm'
import { temporaryFolder } from '../support/vault.ts'

const { load } = createRequire(import.meta.url)('../../bin/bundle.js') as {
  load(folder: string, name: string, onScript?: (name: string, script: Script) => void): unknown
}

const FILES = {
  main: `const { twice } = require('./other.js')
exports.answer = twice(21) + require('node:path').sep
exports.again = require('./other.js') === require('./other.js')
exports.place = [__filename, __dirname]
exports.where = () => new Error().stack.split('\\n')[1]`,
  other: `exports.twice = (number) => number * 2`,
}

interface Main {
  answer: string
  again: boolean
  place: string[]
  where(): string
}

function bundle(t: TestContext): string {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }')
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, `${name}.js`), text)
  return folder
}

/** With a code cache, made elsewhere. */
function cachedBundle(t: TestContext): string {
  const folder = bundle(t)
  mkdirSync(join(folder, 'code-cache'))
  load(bundle(t), 'main', (name, script) => {
    writeFileSync(join(folder, 'code-cache', name), script.createCachedData())
  })
  return folder
}

function requireRuns(folder: string): void {
  const main = load(folder, 'main') as Main
  assert.equal(main.answer, '42/')
  assert.equal(main.again, true)
  assert.deepEqual(main.place, [join(folder, 'main.js'), folder])
  assert.match(main.where(), new RegExp(`${RegExp.escape(join(folder, 'main.js'))}:5:`))
}

test('a bundle runs as its files say', (t) => requireRuns(bundle(t)))

test('a bundle with a code cache that was made elsewhere runs as its files say', (t) => requireRuns(cachedBundle(t)))

test('what V8 does not take of a code cache is compiled', (t) => {
  const folder = cachedBundle(t)
  const file = join(folder, 'code-cache/main')
  const bytes = readFileSync(file)
  bytes[5]! ^= 1 // its version
  writeFileSync(file, bytes)
  const refused = new Script('0', { cachedData: bytes })
  assert.equal(refused.cachedDataRejected, true)
  writeFileSync(join(folder, 'code-cache/other'), '')
  requireRuns(folder)
})

test('a file without a code cache is compiled', (t) => {
  const folder = bundle(t)
  mkdirSync(join(folder, 'code-cache'))
  requireRuns(folder)
})
