import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseCredentials } from '../tools/testing/credentials.ts'
import { makeDataFolder } from '../tools/testing/data-folder.ts'
import { keyhold, startKeyhold } from '../tools/testing/keyhold.ts'

/** A real server in a process of its own, and what a client needs to use it. */
export interface TestServer {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  accountId: string
  /** Its data folder. */
  data: string
  /** Of its process. */
  pid: number
  /** Stops the server, checks that it ended well, and removes its folder. */
  stop(): Promise<void>
}

const REGION = 'eu-central-1'
const ACCOUNT = '210987654321'

/**
 * A new data folder and `keyhold serve` on a free port, with these flags too: every signature is verified. Tests ask faster
 * than AWS lets them.
 */
export async function startServer(flags: readonly string[] = []): Promise<TestServer> {
  const temporary = await mkdtemp(join(tmpdir(), 'keyhold-conformance-'))
  const data = join(temporary, 'data')
  const credentialsFile = join(temporary, 'credentials')
  await makeDataFolder(data, credentialsFile, ACCOUNT)
  const server = await startKeyhold(['serve', '--data', data, '--port', '0', '--rates', 'off', ...flags])
  return {
    endpoint: server.endpoint,
    region: REGION,
    credentials: await parseCredentials(temporary),
    accountId: ACCOUNT,
    data,
    pid: server.process.pid!,
    async stop() {
      const { status, stderr } = await server.stop()
      await rm(temporary, { recursive: true, force: true })
      if (status !== 0 || /\bat .*\.[jt]s:\d+/.test(stderr))
        throw new Error(`the server ended with ${status}: ${stderr}`)
    },
  }
}

/** Makes another account in the server's data folder. Its administrator's access key. */
export async function addAccount({ data }: TestServer, accountId: string): Promise<TestServer['credentials']> {
  const folder = join(dirname(data), accountId)
  await mkdir(folder)
  const credentials = ['--account', accountId, '--credentials-file', join(folder, 'credentials')]
  const made = await keyhold(['operator', 'account', 'create', '--data', data, ...credentials])
  if (made.status !== 0) throw new Error(`keyhold operator account create failed: ${made.stderr}`)
  return parseCredentials(folder)
}

/** `keyhold dev` on a free port: a 12-digit access key id names the account. */
export async function startDevServer(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const server = await startKeyhold(['dev', '--port', '0'])
  return {
    endpoint: server.endpoint,
    async stop() {
      await server.stop()
    },
  }
}

/** An environment in which AWS's own tools find this server's credentials and nothing else of the machine's. */
export function clientEnvironment({ region, credentials }: TestServer): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(others),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  }
}
