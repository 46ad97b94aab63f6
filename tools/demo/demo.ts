import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type KeyholdServer, keyhold, startKeyhold } from '../testing/keyhold.ts'
import { command, say } from './narration.ts'

const REGION = 'eu-central-1'

/** A service in a folder of its own, and the command pointed at it. */
export class Demo {
  readonly data: string
  readonly #certificates: string
  readonly #credentialsFile: string
  readonly #shares: string
  #server: KeyholdServer | undefined

  constructor(folder: string) {
    this.data = join(folder, 'data')
    this.#certificates = join(folder, 'tls')
    this.#credentialsFile = join(folder, 'credentials')
    this.#shares = join(folder, 'shares')
  }

  get endpoint(): string {
    assert(this.#server !== undefined, 'no server runs')
    return this.#server.endpoint
  }

  async initialize(): Promise<void> {
    say(
      await this.run([
        'init',
        this.data,
        '--shares',
        '5',
        '--threshold',
        '3',
        '--shares-dir',
        this.#shares,
        '--credentials-file',
        this.#credentialsFile,
      ]),
    )
  }

  /** An authority of its own, and a certificate for the address that the server has here. */
  async certify(): Promise<void> {
    say(
      await this.run([
        'cert',
        'self-signed',
        '--name',
        '127.0.0.1',
        '--name',
        'localhost',
        '--out',
        this.#certificates,
      ]),
    )
  }

  async serve(): Promise<void> {
    const [certificate, key] = ['server.pem', 'server.key'].map((name) => join(this.#certificates, name))
    const args = ['serve', '--data', this.data, '--port', '0', '--tls-cert', certificate!, '--tls-key', key!]
    command(args)
    this.#server = await startKeyhold(args, this.#environment())
    say(this.#server.said)
  }

  /** Ends the server as a power failure would: it gets no chance to write anything down. */
  async kill(): Promise<void> {
    await this.#server?.stop('SIGKILL')
    this.#server = undefined
  }

  async stop(): Promise<void> {
    const ended = await this.#server?.stop()
    this.#server = undefined
    assert.equal(ended?.status, 0, `the server did not end well: ${ended?.stderr}`)
  }

  /** Runs the command, and answers what it printed. Rejects when it fails. */
  async run(args: readonly string[]): Promise<string> {
    command(args)
    const { status, stdout, stderr } = await keyhold(args, this.#environment())
    assert.equal(status, 0, `keyhold ${args[0]} exited with ${status}: ${stderr}`)
    return stdout
  }

  /** Runs a command that must fail with this exit code. */
  async runRefused(exitCode: number, args: readonly string[]): Promise<void> {
    command(args)
    const { status, stderr } = await keyhold(args, this.#environment())
    say(`${stderr.trimEnd()}\nExit code ${status}.`)
    assert.equal(status, exitCode, `keyhold ${args[0]} was to be refused with exit code ${exitCode}`)
  }

  /** The audit records that fit, as CloudTrail events, oldest first. */
  async auditEvents(filter: readonly string[]): Promise<Record<string, unknown>[]> {
    const args = ['audit', 'query', '--data', this.data, '--json', ...filter]
    const { status, stdout, stderr } = await keyhold(args, this.#environment())
    assert.equal(status, 0, stderr)
    const lines = stdout.split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** Only what the command needs: nothing that this machine is set up for leads it elsewhere. */
  #environment(): NodeJS.ProcessEnv {
    const others = Object.entries(process.env).filter(([name]) => !/^(AWS|KEYHOLD)_/.test(name))
    return {
      ...Object.fromEntries(others),
      AWS_REGION: REGION,
      AWS_SHARED_CREDENTIALS_FILE: this.#credentialsFile,
      AWS_CONFIG_FILE: join(this.data, 'no-config'),
      ...(this.#server && {
        AWS_ENDPOINT_URL_KMS: this.#server.endpoint,
        NODE_EXTRA_CA_CERTS: join(this.#certificates, 'ca.pem'),
      }),
    }
  }
}
