import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeDataFolder } from '../../../../tools/testing/data-folder.ts'
import { keyhold, type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'

/** The paths of a data folder that `keyhold init` made. */
export interface Vault {
  folder: string
  data: string
  rootFile: string
  credentialsFile: string
}

interface Scope {
  after: TestContext['after']
}

/** The environment without anything that this machine or another test says about AWS or Keyhold. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(AWS|KEYHOLD)_/.test(name))
  return { ...Object.fromEntries(others), AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
}

/** A folder that goes away with the test. */
export function temporaryFolder(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-cli-'))
  scope.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What `keyhold init` makes. */
export async function initialize(scope: Scope): Promise<Vault> {
  const folder = temporaryFolder(scope)
  const vault = {
    folder,
    data: join(folder, 'data'),
    rootFile: join(folder, 'data.root'),
    credentialsFile: join(folder, 'credentials'),
  }
  await makeDataFolder(vault.data, vault.credentialsFile)
  return vault
}

/** A server that goes away with the test, if it has not ended before. */
export async function start(scope: Scope, args: readonly string[], env = cleanEnvironment()): Promise<KeyholdServer> {
  const server = await startKeyhold(args, env)
  scope.after(async () => {
    await server.stop() // not SIGKILL: a development server removes its folder
  })
  return server
}

/** The environment of a client of the server on this folder. */
export function clientOf(vault: Vault, server: KeyholdServer): NodeJS.ProcessEnv {
  return {
    ...cleanEnvironment(),
    AWS_SHARED_CREDENTIALS_FILE: vault.credentialsFile,
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_KMS: server.endpoint,
  }
}

/** The environment of a client of a development server. */
export function clientOfDev(server: KeyholdServer, account = '000000000000'): NodeJS.ProcessEnv {
  return {
    ...cleanEnvironment(),
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_KMS: server.endpoint,
  }
}

/** Runs the command, which must succeed, and answers its standard output. */
export async function succeed(args: readonly string[], env = cleanEnvironment()): Promise<string> {
  const { status, stdout, stderr } = await keyhold(args, env)
  assert.equal(status, 0, `keyhold ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Runs the command, which must fail with this exit code, say this, and show no stack trace. */
export async function fail(
  args: readonly string[],
  exitCode: number,
  message: RegExp,
  env = cleanEnvironment(),
): Promise<void> {
  const { status, stdout, stderr } = await keyhold(args, env)
  assert.equal(status, exitCode, `keyhold ${args.join(' ')}: ${stderr}${stdout}`)
  assert.match(stderr, message)
  assert.doesNotMatch(stderr, /^\s+at /m)
}
