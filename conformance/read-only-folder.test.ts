/** A data folder in a mount of the system that nothing can write to. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { makeDataFolder } from '../tools/testing/data-folder.ts'
import { startKeyhold } from '../tools/testing/keyhold.ts'
import { needs } from '../tools/testing/needs.ts'

describe('a data folder', () => {
  let folder: string
  let data: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyhold-places-'))
    data = join(folder, 'data')
    await makeDataFolder(data, join(folder, 'credentials'))
    await (await startKeyhold(['serve', '--data', data, '--port', '0'])).stop()
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** Runs verbs on the folder where it is mounted for reading only; resolves with what each prints and its exit code. */
  async function readOnly(...verbs: string[]): Promise<string[]> {
    const command = join(import.meta.dirname, '../packages/cli/bin/keyhold.js')
    const lines = verbs.map(
      (verb) => `"$0" --conditions=source ${command} ${verb} --data ${data} 2>&1; echo "exit code $?"; echo ---`,
    )
    const script = [`mount --bind ${data} ${data}`, `mount -o remount,ro,bind ${data}`, ...lines].join('\n')
    const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script, process.execPath])
    return stdout.split('---\n')
  }

  test('that nothing can write to is verified and read, and not served', { skip: needs('unshare') }, async () => {
    const [verified, accounts, region, served] = await readOnly(
      'audit verify',
      'operator account ls',
      'operator region add dc-west-1',
      'serve --port 0',
    )
    assert.match(verified ?? '', /The audit log is sound\.\nexit code 0/)
    assert.match(accounts ?? '', /the operator's\nexit code 0/)
    assert.match(region ?? '', /mounted for reading only: it can be looked at[^]*Copy the whole folder[^]*exit code 9/)
    assert.match(served ?? '', /mounted for reading only[^]*exit code 9/)
  })

  test(
    'that nothing can write to, with a log that only its database has, is refused by name',
    { skip: needs('unshare') },
    async () => {
      await writeFile(join(data, 'keyhold.db-wal'), 'of a server that was killed')
      const [verified] = await readOnly('audit verify')
      await rm(join(data, 'keyhold.db-wal'))
      assert.match(verified ?? '', /keyhold\.db-wal has changes that cannot be read there/)
    },
  )
})
