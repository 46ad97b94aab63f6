import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryFiles } from '../files.ts'
import { decisionProblems, fileProblems, HOLDS_SECRETS } from '../tidy.ts'

const SOURCE = 'packages/server/src/identity/a.ts'

const UNTIDY: Record<string, { file: string; text: string; says: RegExp }> = {
  'more than 300 lines': { file: SOURCE, text: 'x\n'.repeat(301), says: /301 lines/ },
  'a tab': { file: SOURCE, text: '\tx', says: /:1: a tab/ },
  'trailing white space': { file: 'README.md', text: 'a\nb ', says: /:2: white space/ },
  'unfinished work': { file: SOURCE, text: ['// TO', 'DO later'].join(''), says: /unfinished/ },
  'a test that silences the others': {
    file: 'packages/cli/test/a.test.ts',
    text: ['test.', 'only('].join(''),
    says: /silences/,
  },
  "a developer's path": { file: 'README.md', text: ['see /wo', 'rk/main'].join(''), says: /machine/ },
  'a registry': { file: '.npmrc.md', text: ['https://registry.', 'npmjs.org'].join(''), says: /registry/ },
  'a conflict that a merge left': { file: 'CHANGELOG.md', text: `${'<'.repeat(7)} HEAD`, says: /merge left/ },
  "the system's clock": { file: SOURCE, text: 'const t = Date.now()', says: /Clock/ },
  'a comparison that leaks time': { file: SOURCE, text: 'mac.equals(other)', says: /time may tell/ },
  'timingSafeEqual in a second place': { file: SOURCE, text: 'timingSafeEqual(a, b)', says: /constant-time/ },
  'a call past the guard': { file: SOURCE, text: "await fetch('https://a.example')", says: /outbound/ },
  'keys that a library fetches': { file: SOURCE, text: 'createRemoteJWKSet(url)', says: /outbound/ },
  'an address of a socket': { file: SOURCE, text: 'socket.remoteAddress', says: /Peer/ },
  'guessable randomness': { file: SOURCE, text: 'Math.random()', says: /guessed/ },
  'a word to do without': {
    file: 'packages/server/test/a.ts',
    text: '// whoever asks',
    says: /plain technical English/,
  },
  'a dead link': {
    file: 'docs/guide/a.md',
    text: 'see [b](../spec/b.md#x)',
    says: /docs\/spec\/b\.md, which does not exist/,
  },
}

for (const [what, { file, text, says }] of Object.entries(UNTIDY)) {
  test(`the tidy check refuses ${what}`, () => {
    assert.match(fileProblems(file, text, [file]).join('\n'), says)
  })
}

test('comparisons are checked in every folder whose code holds secrets', () => {
  for (const folder of HOLDS_SECRETS) {
    assert.ok(
      repositoryFiles().some((file) => file.startsWith(folder)),
      `${folder} is not there`,
    )
    assert.match(fileProblems(`${folder}a.ts`, 'mac.equals(other)', []).join('\n'), /time may tell/)
  }
})

test('the tidy check accepts tidy files', () => {
  const files = ['docs/guide/a.md', 'docs/spec/b.md']
  const text = 'See [b](../spec/b.md#x), [spec](../spec), [top](#top), [site](https://example.com)\n`[no](link)`\n'
  assert.deepEqual(fileProblems('docs/guide/a.md', text, files), [])
  assert.deepEqual(fileProblems('packages/server/src/platform/c.ts', 'Date.now()\n', files), [])
})

test('two decisions may not share a number', () => {
  assert.deepEqual(
    decisionProblems(['docs/decisions/README.md', 'docs/decisions/0001-a.md', 'docs/decisions/0002-b.md']),
    [],
  )
  assert.match(decisionProblems(['docs/decisions/0001-a.md', 'docs/decisions/0001-b.md']).join(), /has the number of/)
  assert.match(decisionProblems(['docs/decisions/one.md']).join(), /NNNN/)
})
