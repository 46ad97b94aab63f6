/** `npx keyhold dev` from the packed tarballs, on each line of Node that people have. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { makeNpmPackages } from '../../tools/packages/npm.ts'
import { ended } from '../../tools/testing/keyhold.ts'

const NO_NETWORK = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET/
const OPTIONS = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=0']
const NODE = `node-${process.platform}-${process.arch}`
const run = promisify(execFile)
let folder: string
let noNetwork: string | undefined

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyhold-older-nodes-'))
  const tarballs = await makeNpmPackages(join(folder, 'packed'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  await install(folder, ...tarballs)
})

after(() => rmSync(folder, { recursive: true, force: true }))

for (const major of [20, 22, 24]) {
  test(`npx keyhold dev on Node ${major}`, async (t) => {
    const place = join(folder, `node-${major}`)
    await install(place, `${NODE}@${major}`)
    if (noNetwork !== undefined) return t.skip(noNetwork)
    const node = join(place, 'node_modules', NODE, 'bin/node')
    const env = { PATH: [dirname(node), process.env['PATH']].join(delimiter), HOME: folder }
    const words = ['keyhold', 'dev', '--port', '0', '--', 'npx', 'keyhold', 'key', 'create', '--alias', 'old']
    const child = spawn('npx', words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const { status, stdout, stderr } = await ended(child)
    if (major >= 24) {
      assert.match(stdout, /^Aliases +alias\/old$/m)
      assert.equal(status, 0)
      return
    }
    assert.match(
      stderr,
      new RegExp(`^keyhold needs Node 24 or newer, and this is v${major}[.0-9]+\\. Install .*\\.\n$`),
    )
    assert.equal(stdout, '')
    assert.equal(status, 2)
  })
}

async function install(place: string, ...names: readonly string[]): Promise<void> {
  try {
    await run('npm', ['install', '--prefix', place, ...OPTIONS, ...names], { cwd: folder })
  } catch (error) {
    if (!NO_NETWORK.test(String(error)) || process.env['KEYHOLD_REQUIRE_TOOLS'] === '1') throw error
    noNetwork = 'the packages of others could not be fetched: no network'
  }
}
