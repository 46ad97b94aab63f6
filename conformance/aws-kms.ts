import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ended } from '../tools/testing/keyhold.ts'
import { type AwsCommand, startAws } from './aws.ts'
import { startServer, type TestServer } from './server.ts'

export type Json = Record<string, unknown>

/** `aws kms` against a server of its own. */
export class AwsKms {
  readonly server: TestServer
  /** For files that the command reads. */
  readonly folder: string
  readonly #command: AwsCommand

  private constructor(server: TestServer, command: AwsCommand, folder: string) {
    this.server = server
    this.folder = folder
    this.#command = command
  }

  static async start(): Promise<AwsKms> {
    const server = await startServer()
    return new AwsKms(server, await startAws(server), await mkdtemp(join(tmpdir(), 'keyhold-aws-kms-')))
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
    await this.#command.stop()
    await this.server.stop()
  }

  async aws(...args: string[]): Promise<Json> {
    const { status, stdout, stderr } = await this.#run(args, {})
    assert.equal(status, 0, `aws kms ${args.join(' ')}: ${stderr}`)
    return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Json)
  }

  /** The command fails with this code of the service's, and with this message where it has one. */
  async refused(args: string[], code: string, message?: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const failed = await this.#run(args, env)
    assert.notEqual(failed.status, 0, `aws kms ${args.join(' ')} passed`)
    const answer =
      /An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)/s.exec(
        failed.stderr,
      )
    assert.equal(answer?.[1], code, failed.stderr)
    if (message !== undefined) assert.equal(answer?.[2]?.trim(), message)
  }

  async newKey(...args: string[]): Promise<{ id: string; arn: string }> {
    const { KeyMetadata } = (await this.aws('create-key', ...args)) as { KeyMetadata: { KeyId: string; Arn: string } }
    return { id: KeyMetadata.KeyId, arn: KeyMetadata.Arn }
  }

  /** The path of a new file in the form in which the command reads bytes. */
  async bytes(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(join(this.folder, name), content)
    return `fileb://${join(this.folder, name)}`
  }

  #run(args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    return this.#command.run(['kms', ...args, '--endpoint-url', this.server.endpoint, '--output', 'json'], env)
  }
}
