/** What `npm run package` makes depends on the sources and on what apt has, and on nothing else. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { noCleanRoot } from '../clean-root.ts'

const run = promisify(execFile)

test('the same sources make the same bytes, elsewhere and for another user', { skip: noCleanRoot() }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-reproducible-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [copy, first, again] = [join(folder, 'a copy of the sources'), join(folder, 'first'), join(folder, 'again')]
  mkdirSync(copy)
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], { maxBuffer: 2 ** 26 })
  for (const file of stdout.split('\0').filter(Boolean)) cpSync(file, join(copy, file))
  for (const modules of globSync('{.,packages/*}/node_modules')) {
    await run('cp', ['-al', modules, join(copy, modules)])
  }
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1780000000' }
  await run(process.execPath, packaging(first), { env })
  const words = packaging(again).map((word) => `'${word}'`)
  const script = `umask 077; exec '${process.execPath}' ${words.join(' ')}`
  await run('sh', ['-c', script], { cwd: copy, env: { ...env, TZ: 'Asia/Tokyo', LANG: 'C' } })
  assert.equal(readFileSync(join(again, 'SHA256SUMS'), 'utf8'), readFileSync(join(first, 'SHA256SUMS'), 'utf8'))
})

function packaging(output: string): string[] {
  return ['--conditions=source', 'tools/packages/main.ts', output]
}
