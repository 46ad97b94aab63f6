import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { cleanEnvironment, temporaryFolder } from '../support/vault.ts'

const PROGRAM = join(import.meta.dirname, '../../src/program.ts')
const MARK = '=== next'

/** Runs several commands in one process, as each process takes a third of a second to start; answers what each printed. */
async function printed(folder: string, lines: readonly string[]): Promise<string[]> {
  const script = `
    const { createProgram } = await import(${JSON.stringify(PROGRAM)})
    for (const line of ${JSON.stringify(lines)}) {
      await (await createProgram()).parseAsync(line.split(' '), { from: 'user' })
      console.log(${JSON.stringify(MARK)})
    }`
  const file = join(folder, 'several.mjs') // not --eval: the server's threads would inherit its options
  writeFileSync(file, script)
  const args = ['--conditions=source', file]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env: cleanEnvironment() })
  return stdout.split(`${MARK}\n`).slice(0, -1)
}

const IN = '--data vault --json'

test('every verb that prints facts prints one JSON value with --json, and nothing else', async (t) => {
  const folder = temporaryFolder(t)
  const expected: [line: string, members: Record<string, unknown>][] = [
    ['init vault --no-recovery --account 111122223333 --credentials-file first --json', { accountId: '111122223333' }],
    [`operator account create --account 444455556666 ${IN}`, { accountId: '444455556666' }],
    [`operator recover-admin --account 444455556666 --user-name ann ${IN}`, { accountId: '444455556666' }],
    [`operator service create b.example.internal ${IN}`, { name: 'b.example.internal' }],
    [`operator service disable b.example.internal ${IN}`, { disabled: true, changed: true }],
    [`operator service enable b.example.internal ${IN}`, { disabled: false, changed: true }],
    [`operator access-key create b.example.internal ${IN}`, { owner: 'b.example.internal' }],
    [`operator quota set CreateKey 0.25 ${IN}`, { group: 'CreateKey', perSecond: 0.25 }],
    [`operator quota reset CreateKey ${IN}`, { group: 'CreateKey' }],
    [`operator region add eu-cellar-1 ${IN}`, { region: 'eu-cellar-1', exists: true, changed: true }],
    [`operator region remove eu-cellar-1 ${IN}`, { region: 'eu-cellar-1', exists: false }],
    [`operator confirm-clock ${IN}`, {}],
    [`operator rotate-domain --region global ${IN}`, { domain: 'global', generation: 2, refused: 0 }],
    [`operator root rotate ${IN}`, { generation: 2, resumed: false }],
    [`operator rotate-domain --region global --resume ${IN}`, { domain: 'global', generation: 2, rows: 0 }],
    [`operator accept-database --yes ${IN}`, { problems: [] }],
    [`operator accept-audit-loss --yes ${IN}`, { problems: [], accepted: [] }],
    [`operator accept-rollback --yes ${IN}`, {}],
  ]
  const output = await printed(
    folder,
    expected.map(([line]) => line),
  )
  const values = output.map((text) => JSON.parse(text) as Record<string, unknown>)
  for (const [index, [line, members]] of expected.entries()) assert.partialDeepStrictEqual(values[index], members, line)

  const [made, account, recovered] = values
  assert.equal(made?.['credentialsFile'], join(folder, 'first'))
  assert.equal(made?.['secretAccessKey'], undefined)
  assert.ok(readFileSync(join(folder, 'first'), 'utf8').includes(String(made?.['accessKeyId'])))
  for (const each of [account, recovered]) assert.match(String(each?.['secretAccessKey']), /^\S{40}$/)

  const id = String(account?.['accessKeyId'])
  const [disabled = ''] = await printed(folder, [`operator access-key disable ${id} ${IN}`])
  assert.deepEqual(JSON.parse(disabled), { accessKeyId: id, active: false, changed: true, sessionsEnded: false })
})
