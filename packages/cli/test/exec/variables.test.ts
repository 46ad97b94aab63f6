import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pristine, requireAllowed } from '../../src/exec/variables.ts'

describe('of variables', () => {
  for (const name of [
    'DB_PASSWORD',
    'GITHUB_TOKEN',
    'GIT_TOKEN',
    'NPM_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    '_x1',
    'ENVIRONMENT',
  ]) {
    test(`${name} may be set`, () => requireAllowed(name, 'anything\n$(at) all'))
  }

  for (const name of [
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'DYLD_INSERT_LIBRARIES',
    'GLIBC_TUNABLES',
    'PATH',
    'BASH_ENV',
    'ENV',
    'PS4',
    'ZDOTDIR',
    'NODE_OPTIONS',
    'node_options',
    'KEYHOLD_NODE_OPTIONS',
    'npm_config_script_shell',
    'PYTHONSTARTUP',
    'PYTHONPATH',
    'PERL5OPT',
    'PERL5LIB',
    'RUBYOPT',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'CORECLR_PROFILER_PATH',
    'GIT_SSH_COMMAND',
    'GIT_CONFIG_COUNT',
    'OPENSSL_CONF',
    'EDITOR',
  ]) {
    test(`${name} may not`, () =>
      assert.throws(() => requireAllowed(name, '/evil'), /decides what code the command runs/))
  }

  for (const name of ['', '1A', 'A-B', 'BASH_FUNC_x%%', 'A B', 'Ä', 'A\n', 'A=B']) {
    test(`${JSON.stringify(name)} is none`, () =>
      assert.throws(() => requireAllowed(name, ''), /no name of a variable/))
  }

  test('none holds a NUL, and the value is not shown', () =>
    assert.throws(() => requireAllowed('A', 's3c\0ret'), ({ message }: Error) => /NUL/.test(message) && !/s3c/.test(message))) // prettier-ignore

  test('few are left of a pristine environment', () => {
    const inherited = { PATH: '/bin', HOME: '/h', LC_ALL: 'C', AWS_SECRET_ACCESS_KEY: 's', NODE_OPTIONS: '', LCX: '' }
    assert.deepEqual(pristine(inherited), { PATH: '/bin', HOME: '/h', LC_ALL: 'C' })
  })
})
