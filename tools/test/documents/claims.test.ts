/**
 * Sentences of the documents that say a number or a name which the code has too. Each is derived from the code, so that one
 * that goes stale fails here; commands are run by conformance/documents.test.ts.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path/posix'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KMS } from '@keyhold/protocol'
import { devCommand } from '../../../packages/cli/src/serving/dev.ts'
import { serveCommand } from '../../../packages/cli/src/serving/serve.ts'
import { WORK_LIMIT } from '../../../packages/server/src/domain/policy/language/patterns/work.ts'
import { AWS_REGIONS } from '../../../packages/server/src/identity/authentication/region.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/host/http/limits.ts'
import { RESOURCE_QUOTAS } from '../../../packages/server/src/domain/keys/quotas.ts'
import { QUOTAS } from '../../../packages/server/src/services/iam/account/quotas.ts'
import { notYet } from '../../../packages/server/src/services/kms/not-yet.ts'
import { PACKAGES } from '../../bundle.ts'
import { repositoryFiles } from '../../files.ts'
import { LAYERS } from '../../layers.ts'
import { PUBLISHED } from '../../packages/project.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FILES = repositoryFiles()
const DOCUMENTS = FILES.filter((file) => file.endsWith('.md') && !file.startsWith('vectors/'))

/** One line of text, as sentences go over the ends of lines. */
function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8').replaceAll(/\s+/g, ' ')
}

const grouped = (count: number): string => count.toLocaleString('en-US')
const mebibytes = (bytes: number): string => `${bytes / 2 ** 20} MiB`
const all = Object.keys(KMS.operations).length
const answered = all - notYet.length
const { headers, firstByteTimeoutMs, headersTimeoutMs, bodyGraceMs, bodyBytesPerSecond, connections } = DEFAULT_LIMITS
const { pipelined, unproven, unsentBytes, allUnsentBytes, allBodiesBytes, bodyBytes } = DEFAULT_LIMITS

/** What documents say, with the numbers of the code. */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  'README.md': [`${answered} of the ${all} KMS operations`],
  'ARCHITECTURE.md': [`KMS (${all} operations)`],
  'docs/guide/from-aws-sdks.md': [`${answered} of ${all} operations are there`],
  'packages/protocol/README.md': [`the ${all} AWS KMS operations`],
  'SECURITY.md': [
    `An account has at most ${grouped(QUOTAS.UsersPerAccount)} users, ${grouped(QUOTAS.RolesPerAccount)} roles, ` +
      `${QUOTAS.GroupsPerAccount} groups, ${grouped(QUOTAS.PoliciesPerAccount)} policies and ` +
      `${QUOTAS.OpenIdConnectProvidersPerAccount} OpenID Connect providers`,
    `an account may have ${grouped(RESOURCE_QUOTAS.keys)} keys in each of ${AWS_REGIONS.length}`,
    `not at all ${grouped(RESOURCE_QUOTAS.grantsPerKey)}`,
    `A decision may take ${grouped(WORK_LIMIT)} steps`,
    `a request has ${headers} headers at most`,
    `Bodies have at most ${mebibytes(bodyBytes)}`,
    `Connections have ${firstByteTimeoutMs / 1000} seconds for their first byte, ${headersTimeoutMs / 1000} for headers, and ` +
      `bodies must come at ${bodyBytesPerSecond / 1024} KiB/s after ${bodyGraceMs / 1000} seconds`,
    `When ${grouped(connections)} are open`,
    `a connection with ${pipelined} requests in work, or with ${unsentBytes / 1024} KiB of answers`,
    `All such answers take ${mebibytes(allUnsentBytes)} together`,
    `worked on take ${mebibytes(allBodiesBytes)} together`,
    `cut when more than ${unproven} of its requests have no answer`,
  ],
  'docs/guide/operating.md': [
    `${grouped(RESOURCE_QUOTAS.keys)} keys of an account in a Region, ${RESOURCE_QUOTAS.aliasesPerKey} aliases and ` +
      `${grouped(RESOURCE_QUOTAS.grantsPerKey)} grants of a key`,
  ],
}

for (const [document, claims] of Object.entries(CLAIMS)) {
  test(`the numbers that ${document} says are those of the code`, () => {
    const text = textOf(document)
    for (const claim of claims) assert.ok(text.includes(claim), `${document} does not say: ${claim}`)
  })
}

for (const [name, layers] of Object.entries(LAYERS)) {
  test(`ARCHITECTURE.md lists the layers of ${name} that the check holds, in their order`, () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    const [, section = ''] = text.split(`## Layers of the ${name}\n`)
    const [table = ''] = section.split('\n## ')
    assert.deepEqual(
      [...table.matchAll(/^\| `([a-z/-]+)` \|/gm)].map(([, layer]) => layer),
      layers,
    )
  })
}

test('each package says the version of Node that its manifest asks for', () => {
  for (const name of PACKAGES) {
    const version = PUBLISHED[name].node.replace('>=', '')
    assert.match(textOf(`packages/${name}/README.md`), new RegExp(`Node ${version} or newer`), name)
  }
})

test('operating.md leads to the reference of all settings', () => {
  assert.match(textOf('docs/guide/operating.md'), /\(\.\.\/reference\/settings\.md\)/)
})

test('development-mode.md names every option that only dev has', () => {
  const text = textOf('docs/guide/development-mode.md')
  const shared = new Set(serveCommand().options.map(({ long }) => long))
  const own = devCommand().options.filter(({ long, negate }) => !negate && !shared.has(long))
  assert.ok(own.length > 5)
  const missing = own.filter(({ long }) => !text.includes(`${long}`))
  assert.deepEqual(
    missing.map(({ long }) => long),
    [],
  )
})

test('every file and every npm script that a document names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
  const names = new Set(FILES.map((file) => basename(file)))
  const missing = DOCUMENTS.filter((file) => file !== 'CHANGELOG.md').flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const problems = [...text.matchAll(/`([\w./-]+\.(?:ts|js))`/g)]
      .map(([, named = '']) => named)
      .filter((named) => !names.has(basename(named)) || !isThere(named, file))
    const absent = [...text.matchAll(/npm run ([a-z]+[0-9]*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !(name in scripts))
    return [...problems, ...absent].map((what) => `${file}: ${what}`)
  })
  assert.deepEqual(missing, [])
})

test('every file that a comment of the code names is there', () => {
  const names = new Set(FILES.map((file) => basename(file)))
  const missing = FILES.filter((file) => /^(packages|tools|conformance|chaos|bench)\/.*\.ts$/.test(file)).flatMap(
    (file) => {
      const comments = readFileSync(join(ROOT, file), 'utf8').match(/^\s*(?:\/\*\*|\*|\/\/) .*$/gm) ?? []
      const named = comments.flatMap((line) => [...line.matchAll(/(?<![\w/.*-])([a-z][\w-]*(?:\.test)?\.ts)\b/g)])
      return named.filter(([, name = '']) => !names.has(name)).map(([, name]) => `${file}: ${name}`)
    },
  )
  assert.deepEqual(missing, [])
})

/** A path may be that of the repository, of a package's sources, or of the document's own folder; a bare name is any file's. */
function isThere(named: string, document: string): boolean {
  if (!named.includes('/')) return true
  const places = [
    '',
    'packages/server',
    'packages/server/src',
    'packages/server/test',
    'packages/cli',
    'packages/client/src',
    dirname(document),
  ]
  return places.some((place) => existsSync(join(ROOT, place, named)))
}
