import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fakePolicy } from './support/fake-policy.ts'
import type { Mutant } from './support/mutant.ts'
import { MUTANTS } from './support/mutants.ts'
import { firstProblem, type Subject } from './support/verify.ts'

const SOURCES = fileURLToPath(new URL('../../../src/domain/policy/', import.meta.url))
/** Where the copies find the packages of this repository. */
const PACKAGES = fileURLToPath(new URL('../../../../../node_modules', import.meta.url))
/** What the decision consists of; the types of the policy language vanish when it is loaded. */
const COPIED = [
  'decide.ts',
  'denial.ts',
  'evidence.ts',
  'ownership.ts',
  'grant-parties.ts',
  'grants',
  'language/patterns/work.ts',
]

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyhold-mutants-'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await symlink(PACKAGES, join(folder, 'node_modules'))
})

after(async () => await rm(folder, { recursive: true, force: true }))

test('the copies that mutants are made from are right themselves', async () => {
  assert.equal(firstProblem(await load(await copy('original')), fakePolicy), undefined)
})

test('there are at least thirty mutants, and each is another', () => {
  assert.ok(MUTANTS.length >= 30)
  assert.equal(new Set(MUTANTS.map(({ file, from, to }) => `${file} ${from} ${to}`)).size, MUTANTS.length)
})

for (const [index, mutant] of MUTANTS.entries()) {
  test(`it is noticed if ${mutant.means} (${mutant.file})`, async () => {
    const copied = await copy(String(index))
    await mutate(copied, mutant)
    assert.notEqual(problemOf(await load(copied)), undefined)
  })
}

/** A mutant that throws is noticed too. */
function problemOf(subject: Subject): string | undefined {
  try {
    return firstProblem(subject, fakePolicy)
  } catch (error) {
    return String(error)
  }
}

async function copy(name: string): Promise<string> {
  const target = join(folder, name)
  await Promise.all(COPIED.map(async (file) => await cp(join(SOURCES, file), join(target, file), { recursive: true })))
  return target
}

async function mutate(target: string, { file, from, to }: Mutant): Promise<void> {
  const path = join(target, file)
  const parts = (await readFile(path, 'utf8')).split(from)
  assert.equal(parts.length, 2, `"${from}" must stand once in ${file}`)
  await writeFile(path, parts.join(to))
}

async function load(target: string): Promise<Subject> {
  const [decisions, grants, rules] = (await Promise.all(
    ['decide.ts', 'grants/match.ts', 'grants/rules.ts'].map((file) => import(pathToFileURL(join(target, file)).href)),
  )) as [Pick<Subject, 'decide'>, Pick<Subject, 'grantAllows' | 'granteeMatch'>, Pick<Subject, 'childGrantFault'>]
  const { grantAllows, granteeMatch } = grants
  return { decide: decisions.decide, grantAllows, granteeMatch, childGrantFault: rules.childGrantFault }
}
