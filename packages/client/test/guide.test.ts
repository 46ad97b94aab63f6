/** The guide's code compiles as strictly as ours. That it runs is shown by conformance/documents.test.ts. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder } from '../../../tools/testing/folder.ts'

const root = join(import.meta.dirname, '../../..')

/** Blocks of TypeScript with the name of the file that the guide has its reader write. */
async function filesOf(document: string): Promise<[name: string, text: string][]> {
  const text = await readFile(join(root, document), 'utf8')
  return [...text.matchAll(/^```ts file=(\S+)\n(.*?)^```$/gms)].map((match) => [match[1]!, match[2]!])
}

test('the code of the guide compiles', async () => {
  await using files = await folder()
  const blocks = await filesOf('docs/guide/client-library.md')
  assert.ok(blocks.length >= 5)
  for (const [name, text] of blocks) await writeFile(files.path(name), text)
  await writeFile(files.path('package.json'), '{ "type": "module" }')
  await symlink(join(root, 'node_modules'), files.path('node_modules'))
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
    include: ['*.ts'],
  }
  await writeFile(files.path('tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', files.path('tsconfig.json')], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})
