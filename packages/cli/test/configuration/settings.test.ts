import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { flagsOf, withSettings } from '../../src/configuration/options.ts'
import {
  flagOf,
  isSecret,
  pathsOf,
  type Setting,
  type Table,
  variablesOf,
  VERBS,
} from '../../src/configuration/setting.ts'
import { SETTINGS } from '../../src/configuration/settings.ts'

const ALL: readonly [string, Setting][] = Object.entries(SETTINGS)

test('no two settings have a path, flag, letter or variable in common, and none is that of the file itself', () => {
  const taken = new Set(['config', '--config', 'KEYHOLD_CONFIG', 'h', '--help'])
  for (const [key, setting] of ALL) {
    const short = setting.short === undefined ? [] : [setting.short]
    for (const name of [...pathsOf(setting), flagOf(setting), ...variablesOf(setting), ...short]) {
      if (name === flagOf(setting) || !taken.has(name)) assert.ok(!taken.has(name), `${key}: ${name}`)
      else assert.fail(`${key}: ${name} is taken`)
      taken.add(name)
    }
  }
})

test('no path of a setting leads through another setting', () => {
  const paths = ALL.flatMap(([, setting]) => [...pathsOf(setting)])
  for (const one of paths) for (const other of paths) assert.ok(!other.startsWith(`${one}.`), `${one} and ${other}`)
})

test('names have their form, and every phrase is one', () => {
  for (const [key, setting] of ALL) {
    assert.match(setting.path, /^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)*$/, key)
    assert.match(setting.flag, /^[a-z]+(-[a-z]+)*$/, key)
    assert.match(setting.about, /^[^A-Z].*[^.]$|^[A-Z]{2}.*[^.]$/, key)
  }
})

test('what is for dev alone is below dev., and nothing else is', () => {
  for (const [key, setting] of ALL) {
    const isForDev = setting.verbs.length === 1 && setting.verbs[0] === 'dev'
    assert.equal(setting.path.startsWith('dev.'), isForDev, key)
    if (!setting.verbs.includes('serve')) assert.equal(setting.reload, false, `${key}: dev is not told to reload`)
  }
})

test('a default is a value of its kind', () => {
  for (const [key, setting] of ALL) {
    if (isSecret(setting) || setting.default === undefined) continue
    assert.deepEqual(setting.kind.fromText(setting.kind.toText(setting.default)), setting.default, key)
    assert.deepEqual(setting.kind.fromFile(setting.kind.shown(setting.default), '/'), setting.default, key)
  }
})

/** A command that does nothing, with the flags of the table. */
function parsed(
  args: readonly string[],
  table: Table = SETTINGS,
  verb: 'serve' | 'dev' = 'dev',
): Record<string, unknown> {
  const command = withSettings(new Command('x'), table, verb)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  command.parse(args, { from: 'user' })
  return flagsOf(command, table)
}

test('flags are read by the kinds of their settings', () => {
  assert.deepEqual(parsed([]), {})
  assert.deepEqual(parsed(['-p', '1', '--audit', 'write', '--enforce']), { port: 1, audit: 'write', enforce: true })
  assert.deepEqual(parsed(['--no-enforce']), { enforce: false })
  assert.deepEqual(parsed(['--grant-delay-ms', '5s']), { grantDelayMs: 5000 })
  assert.deepEqual(parsed(['--rates', 'off', '--reserve', '1GiB'], SETTINGS, 'serve'), { rates: false, reserve: 1024 })
})

test('a flag that is repeated adds to a list, and the last of any other counts', () => {
  assert.deepEqual(parsed(['--regions', 'a,b', '--regions', 'c']), { regions: ['a', 'b', 'c'] })
  assert.deepEqual(parsed(['-p', '1', '-p', '2']), { port: 2 })
})

test('a secret has no flag but that of its file', () => {
  const token = {
    path: 'a.token',
    flag: 'token',
    secret: true,
    verbs: VERBS,
    reload: false,
    about: 'the token',
  } as const
  assert.deepEqual(parsed(['--token-file', 'f'], { token }), { token: 'f' })
  assert.throws(() => parsed(['--token', 'hunter2'], { token }), { code: 'commander.unknownOption' })
})

test('a command has the flags of its own settings only', () => {
  assert.throws(() => parsed(['--rates', 'on']), { code: 'commander.unknownOption' })
  assert.throws(() => parsed(['--enforce'], SETTINGS, 'serve'), { code: 'commander.unknownOption' })
})
