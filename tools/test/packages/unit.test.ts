import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { needs } from '../../testing/needs.ts'

const UNIT = 'tools/packages/debian/keyhold.service'

/** The most that systemd may call exposed, from 0 to 10. */
const MOST_EXPOSED = 2

test('the unit of the service is confined', { skip: needs('systemd') }, () => {
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=yes', '--no-pager', UNIT], {
    encoding: 'utf8',
  })
  const [, level = '10'] = /Overall exposure level for keyhold\.service: (\d+\.\d)/.exec(stdout) ?? []
  assert.ok(Number(level) <= MOST_EXPOSED, stdout)
})

test('the unit waits until the service answers, and starts no service whose keys were not made', () => {
  const unit = readFileSync(UNIT, 'utf8')
  assert.match(unit, /^Type=notify$/m)
  assert.match(unit, /^ConditionPathExists=\/var\/lib\/keyhold\/data\/keyhold\.json$/m)
  assert.match(unit, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m)
})

test('the memory of the unit is neither swapped nor dumped', () => {
  const unit = readFileSync(UNIT, 'utf8')
  assert.match(unit, /^MemorySwapMax=0$/m)
  assert.match(unit, /^LimitCORE=0$/m)
  assert.match(unit, /^UMask=0077$/m)
})

test('no script of the Debian package removes keys', () => {
  for (const name of ['postinst', 'prerm', 'postrm']) {
    const script = readFileSync(`tools/packages/debian/${name}`, 'utf8')
    assert.doesNotMatch(script, /\brm\b(?!dir)[^\n]*\/(var\/lib|etc)/, name)
    assert.equal(spawnSync('sh', ['-n', `tools/packages/debian/${name}`]).status, 0)
  }
})

test("logs in the service's folder are rotated as the service, and without a reload of its settings", () => {
  const rotation = readFileSync('tools/packages/debian/logrotate', 'utf8')
  assert.match(rotation, /^\tsu keyhold keyhold$/m)
  assert.match(rotation, /^\tnocreate$/m)
  assert.doesNotMatch(rotation, /HUP|postrotate/)
})
