import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { PRINTING_VERBS } from '../packages/cli/test/support/verb-table.ts'
import { clientOfDev, initialize, start, succeed } from '../packages/cli/test/support/vault.ts'
import { needs } from '../tools/testing/needs.ts'
import { runPlugged } from './children/plugged.ts'
import type { Ending } from './children/plugged.ts'

const EXPECTED: Readonly<Record<string, number>> = { file: 0, full: 9, 'pipe-gone': 141 }

describe('what a verb prints without a reader', { skip: needs('python3') }, () => {
  let folder: string
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'keyhold-printing-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is no success', { timeout: 3_600_000 }, async (scope) => {
    const server = await start(scope, ['dev', '--port', '0'])
    const { data } = await initialize(scope)
    const env = clientOfDev(server)
    await succeed(['key', 'create', '--alias', 'k'], env)
    const rows = Object.entries(PRINTING_VERBS).flatMap(([verb, line]) =>
      Object.keys(EXPECTED).map((stdout) => {
        const fresh = join(folder, `${verb.replaceAll(' ', '-')}-${stdout}`)
        const args = line.map((arg) => (arg === '$DATA' ? data : arg === '$NEW' ? fresh : arg))
        return { verb, args, stdout, env }
      }),
    )
    const endings = await runPlugged(rows, folder)
    for (const [index, { verb, stdout }] of rows.entries()) {
      const { code, err, out } = endings[index] as Ending
      await scope.test(`${verb} > ${stdout}`, () => {
        assert.equal(code, EXPECTED[stdout], err)
        assert.doesNotMatch(err, /^\s+at /m, 'no stack trace')
        if (stdout === 'file') assert.ok(out.length > 0, 'it prints')
      })
    }
  })
})
