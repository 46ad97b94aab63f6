import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { buffer, text } from 'node:stream/consumers'
import { nodeArguments } from '../../../../tools/testing/keyhold.ts'

export interface Piped {
  status: number | null
  stdout: Buffer
  stderr: string
}

/** Runs the command with these bytes as its standard input, and answers the bytes of its standard output. */
export async function piped(
  args: readonly string[],
  input: Uint8Array,
  env: NodeJS.ProcessEnv,
  folder?: string,
): Promise<Piped> {
  const child = spawnPiped(args, env, folder)
  child.stdin?.end(input)
  return outcome(child)
}

/** Starts the command with a standard input that stays open. */
export function spawnPiped(args: readonly string[], env: NodeJS.ProcessEnv, folder?: string): ChildProcess {
  const child = spawn(process.execPath, nodeArguments(args), { env, cwd: folder, stdio: 'pipe' })
  child.stdin.on('error', () => undefined) // a command that refuses, or is stopped, does not read to the end
  return child
}

export async function outcome(child: ChildProcess): Promise<Piped> {
  const [stdout, stderr, [status]] = await Promise.all([
    buffer(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { status, stdout, stderr }
}
