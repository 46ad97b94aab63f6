import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { clearOutputFolder } from '../../packages/output-folder.ts'

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-output-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('what an earlier build left is removed, and a folder that is missing is made', (t) => {
  const folder = temporaryFolder(t)
  const names = ['SHA256SUMS', 'keyhold-0.1.0.tgz', 'keyhold_0.1.0_amd64.deb', 'keyhold-0.1.0-linux-x64.oci.tar']
  for (const name of names) writeFileSync(join(folder, name), '')
  clearOutputFolder(folder)
  assert.deepEqual(readdirSync(folder), [])
  clearOutputFolder(join(folder, 'a/b'))
  assert.ok(existsSync(join(folder, 'a/b')))
})

for (const other of ['letter.txt', 'keyhold', '.git', 'keyhold-0.1.0.tgz.sig']) {
  test(`a folder with ${other} is refused, and nothing is removed`, (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'SHA256SUMS'), '')
    mkdirSync(join(folder, other))
    assert.throws(() => clearOutputFolder(folder), /which no build made/)
    assert.deepEqual(readdirSync(folder).length, 2)
  })
}
