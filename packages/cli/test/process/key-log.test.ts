import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireNoKeyLog } from '../../src/process/key-log.ts'
import { fail } from '../support/vault.ts'

test('options of Node that write down the secrets of TLS are found in both places, in each form', () => {
  for (const option of ['--tls-keylog=/tmp/a', '--tls-keylog', '--tls_keylog=a', '--trace-tls', '--trace_tls']) {
    assert.throws(() => requireNoKeyLog([option], {}), /--tls-keylog/, option)
    assert.throws(() => requireNoKeyLog([], { NODE_OPTIONS: `--no-warnings ${option} --x` }), /--tls-keylog/, option)
  }
  requireNoKeyLog(['--tls-min-v1.2'], { NODE_OPTIONS: '--trace-tls-not --x--trace-tls --conditions=source' })
})

test('dev does not start where the secrets of TLS would be written down', async () => {
  const env = { ...process.env, NODE_OPTIONS: '--trace-tls' }
  await fail(['dev', '--port', '0', '--', 'true'], 2, /secrets of TLS connections/, env)
})
