import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { outputMatches, parseTranscript } from '../../testing/transcript.ts'

const fence = (info: string, ...lines: string[]): string => ['```' + info, ...lines, '```', ''].join('\n')

test('commands, their continuations and their output are told apart', () => {
  const markdown = `# Title\n\n${fence('console needs=aws', '$ cat <<END', '> text', '> END', 'text', '$ true')}`
  const commands = [
    { line: 4, text: 'cat <<END\ntext\nEND', expected: 'text\n' },
    { line: 8, text: 'true', expected: '' },
  ]
  assert.deepEqual(parseTranscript(markdown), [
    { kind: 'commands', line: 3, needs: ['aws'], isInstall: false, commands },
  ])
})

test('commands that fetch a program of others are told apart', () => {
  const [step] = parseTranscript(fence('console install', '$ npm install newman@6.2.2'))
  assert.ok(step?.kind === 'commands' && step.isInstall)
})

test('files are taken from blocks of any language that name one', () => {
  const [step] = parseTranscript(fence('yaml file=a/b.yaml', 'keys: []'))
  assert.deepEqual(step, { kind: 'file', line: 1, path: 'a/b.yaml', text: 'keys: []\n' })
  assert.deepEqual(parseTranscript(fence('json', '{}')), [])
})

test('commands that would not be run, and tags that mean nothing, are refused', () => {
  assert.throws(() => parseTranscript(fence('sh', 'rm -r /')), /```console/)
  assert.throws(() => parseTranscript(fence('console need=aws', '$ aws')), /tag need/)
  assert.throws(() => parseTranscript(fence('console needs=was', '$ aws')), /no tool is called was/)
  assert.throws(() => parseTranscript(fence('console', 'output', '$ true')), /output before/)
})

test('an ellipsis matches any text of a line, or any lines; everything else must be equal', () => {
  assert.ok(outputMatches('', 'anything\n'))
  assert.ok(outputMatches('key …/x (1)\n', 'key abc/x (1)  \n\n'))
  assert.ok(outputMatches('a\n…\nz\n', 'a\nb\nc\nz\n'))
  assert.ok(outputMatches('a\n…\nz\n', 'a\nz\n'))
  assert.ok(!outputMatches('a…z\n', 'a\nz\n'))
  assert.ok(!outputMatches('a\n', 'a\nb\n'))
  assert.ok(!outputMatches('b\n', 'a\nb\n'))
  assert.ok(!outputMatches('a.c\n', 'abc\n'))
})

const FAULTY: Record<string, { markdown: string; says: RegExp }> = {
  'a command that fails': { markdown: fence('console', '$ false'), says: /exit code 1 at line 2: false/ },
  'a command that is not there': { markdown: fence('console', '$ keyhold-of-tomorrow'), says: /exit code 127/ },
  'other output': { markdown: fence('console', '$ echo a', 'b'), says: /printed\n\s+a\n.*and not\n\s+b/s },
  'a command that ends the shell': { markdown: fence('console', '$ exit 0'), says: /the shell ended at: exit 0/ },
  'a script that package.json lacks': { markdown: fence('console ci', '$ npm run nothing'), says: /no script for/ },
  'no commands': { markdown: 'Just read.', says: /nothing/ },
}

for (const [what, { markdown, says }] of Object.entries(FAULTY)) {
  test(`a document with ${what} cannot be followed`, async () => {
    const { passes, output } = await followed(markdown)
    assert.ok(!passes)
    assert.match(output, says)
  })
}

test('a sound document can be followed; jobs in the background are waited for and ended', async () => {
  const file = fence('text file=a.txt', 'hello')
  const commands = fence('console', '$ A=1', '$ cat a.txt; echo $A', 'hello', '1')
  const job = fence('console', '$ (sleep 0.3; echo Ready.; sleep 60) &', 'Ready.')
  const { passes, output } = await followed(file + commands + job)
  assert.ok(passes, output)
})

/** The result of following the document: the exit code and output of a test run of its own. */
async function followed(markdown: string): Promise<{ passes: boolean; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-transcript-'))
  const document = join(folder, 'document.md')
  const file = join(folder, 'follow.test.mjs')
  await writeFile(document, markdown)
  await writeFile(
    file,
    `import { test } from 'node:test'
     import { followDocument } from ${JSON.stringify(import.meta.resolve('../../testing/follow-document.ts'))}
     test('document', (t) => followDocument(t, ${JSON.stringify(document)}))`,
  )
  try {
    const { status, stdout } = spawnSync(process.execPath, [file], { encoding: 'utf8', env: plainEnvironment() })
    return { passes: status === 0, output: stdout }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The runner marks what it starts as parts of its own run; this one is independent. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env
  return rest
}
