import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A TPM of its own, as software. */
export interface SwTpm {
  /** As in TPM2TOOLS_TCTI. */
  tcti: string
  /** Runs a program of tpm2-tools on it. */
  tool(name: string, ...args: string[]): Buffer
  /** Another way to reach it, which keeps what passes, as who listens to the bus of a TPM does. */
  tapped(): Promise<{ tcti: string; stop(): Buffer[] }>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts swtpm with its state in a folder: the same folder is the same TPM. */
export async function swTpm(folder: string): Promise<SwTpm> {
  mkdirSync(folder, { recursive: true })
  const socket = join(folder, 's')
  const args = ['--tpmstate', `dir=${folder}`, '--flags', 'not-need-init,startup-clear']
  const channels = ['--server', `type=unixio,path=${socket}`, '--ctrl', `type=unixio,path=${socket}.ctrl`]
  const child = spawn('swtpm', ['socket', '--tpm2', ...args, ...channels], { stdio: 'ignore' })
  while (!existsSync(`${socket}.ctrl`)) {
    if (child.exitCode !== null) throw new Error(`swtpm ended with ${child.exitCode}`)
    await sleep(5)
  }
  const tcti = `swtpm:path=${socket}`
  const env = { ...process.env, TPM2TOOLS_TCTI: tcti }
  return {
    tcti,
    tool: (name, ...rest) =>
      execFileSync(`tpm2_${name}`, rest, { env, stdio: ['ignore', 'pipe', 'pipe'], cwd: folder }),
    tapped: () => tap(socket),
    [Symbol.asyncDispose]: () => ended(child),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  if (child.exitCode !== null || !child.kill()) return
  await promise
}

async function tap(socket: string): Promise<{ tcti: string; stop(): Buffer[] }> {
  const seen: Buffer[] = []
  const servers = [socket, `${socket}.ctrl`].map((path) =>
    createServer((near) => {
      const far = connect(path)
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (bytes: Buffer) => {
          seen.push(bytes)
          to.write(bytes)
        })
        from.on('error', () => undefined)
        from.on('close', () => to.destroy())
      }
    }),
  )
  await Promise.all(
    servers.map((server, index) => once(server.listen(`${socket}-tap${['', '.ctrl'][index]}`), 'listening')),
  )
  return {
    tcti: `swtpm:path=${socket}-tap`,
    stop() {
      for (const server of servers) server.close()
      return seen
    },
  }
}
