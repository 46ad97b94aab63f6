import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

const SERVER = import.meta.resolve('../src/index.ts')
/** Prints the URL of each module that the server loads before it is asked for anything. */
const PROGRAM = `
import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) { console.log(url); return next(url, context) } })
await import(${JSON.stringify(SERVER)})`

test('a start does not load what reads YAML and tokens or writes metrics: few starts need them', () => {
  const args = ['--conditions=source', '--input-type=module', '--eval', PROGRAM]
  const urls = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n')
  assert.ok(urls.includes(SERVER) && urls.some((url) => url.includes('/packages/protocol/')), 'the list is blind')
  assert.deepEqual(
    urls.filter((url) => /\/node_modules\/(yaml|jose|prom-client|@opentelemetry)\//.test(url)),
    [],
  )
})
