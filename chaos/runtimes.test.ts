/**
 * The built client in other runtimes than the one it is developed with. Installs nothing: it runs `node`, `deno` and `bun`
 * from the path, and whatever programs KEYHOLD_RUNTIMES lists, separated by colons.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname, '..')
const child = join(import.meta.dirname, 'children/client-in-runtime.js')
const client = pathToFileURL(join(root, 'packages/client/dist/index.js')).href
const given = (process.env['KEYHOLD_RUNTIMES'] ?? '').split(delimiter).filter((program) => program !== '')
const programs = [process.execPath, 'node', 'deno', 'bun', ...given]

/** Everything works, but for what a runtime is known not to have. */
const KNOWN: Readonly<Record<string, readonly string[]>> = { bun: ['rsaPkcs1'] }

before(() => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'tools/build.ts'), 'client'], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0]! : undefined
}

function nameOf(program: string, version: string): string {
  if (version.startsWith('deno')) return 'deno'
  return version.startsWith('v') ? 'node' : program.split(/[/\\]/).at(-1)!
}

for (const program of programs) {
  const version = versionOf(program)
  const isOld = /^v(?:1\d|2[01])\./.test(version ?? '')
  const skip = version === undefined ? 'not installed here' : isOld && `${version} is older than what the client needs`
  test(`${program} ${version ?? ''}`, { skip }, () => {
    const name = nameOf(program, version!)
    const args = name === 'deno' ? ['run', '--allow-all', child, client] : [child, client]
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 })
    assert.equal(status, 0, stderr)
    const results = Object.entries(JSON.parse(stdout) as Record<string, true | string>)
    const failed = results.filter(([thing, result]) => result !== true && KNOWN[name]?.includes(thing) !== true)
    assert.deepEqual(failed, [])
    assert.equal(results.length, 7)
  })
}
