import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type Server, type Socket } from 'node:net'
import { TpmError } from './tpm-error.ts'

/** The header of commands and responses: tag, size of the whole, code (TPM 2.0 Library, part 1, chapter 18). */
const HEADER_BYTES = 10
const SIZE_OFFSET = 2
/** More than TPM2_PT_MAX_COMMAND_SIZE of any TPM. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** Answers every request of the control channel, which only a simulator needs: done. */
const DONE = Buffer.alloc(4)

/**
 * One connection to a TPM that several tools use in turn. Each tool is a process; the kernel's resource manager ends all
 * sessions when the process that opened `/dev/tpmrm0` ends, so that a session of one tool would be gone for the next. Here
 * `tpm2_send` keeps the TPM open, and the tools reach it by a Unix socket, as they reach a simulator.
 */
export class TpmChannel {
  readonly #sender: ChildProcess
  readonly #servers: readonly Server[]
  readonly #sockets = new Set<Socket>()
  #waiting: ((response: Buffer) => void)[] = []
  #ended: TpmError | undefined

  private constructor(sender: ChildProcess) {
    this.#sender = sender
    this.#servers = [createServer((socket) => this.#serve(socket)), createServer((socket) => this.#control(socket))]
    eachMessage(sender.stdout, (response) => this.#waiting.shift()?.(response))
    sender.stdin?.on('error', () => undefined)
    sender.on('error', (error: NodeJS.ErrnoException) =>
      this.#end(error.code === 'ENOENT' ? 'tools-missing' : 'failed'),
    )
    sender.on('close', () => this.#end('unreachable'))
  }

  /** Opens the TPM that `environment` names, and listens in `folder`, the working folder of the tools. */
  static async open(folder: string, environment: NodeJS.ProcessEnv): Promise<TpmChannel> {
    const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore']
    const channel = new TpmChannel(spawn('tpm2_send', [], { stdio, env: environment, cwd: folder }))
    const [commands, control] = channel.#servers
    // `.ctrl` is where the tools look for the control channel.
    await Promise.all([listening(commands, `${folder}/tpm`), listening(control, `${folder}/tpm.ctrl`)])
    return channel
  }

  /** Why the TPM can no longer be reached, once it cannot. */
  get ended(): TpmError | undefined {
    return this.#ended
  }

  close(): void {
    this.#sender.kill('SIGKILL')
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.#keep(socket)
    eachMessage(socket, (command) => {
      if (this.#ended !== undefined) return socket.destroy()
      this.#waiting.push((response) => socket.write(response))
      this.#sender.stdin?.write(command)
    })
  }

  #control(socket: Socket): void {
    this.#keep(socket)
    socket.on('data', () => socket.write(DONE))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  /** What a tool waits for does not come any more. */
  #end(fault: 'tools-missing' | 'unreachable' | 'failed'): void {
    this.#ended ??= new TpmError(fault, 'tpm2_send ended')
    this.#waiting = []
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** Calls `take` with each whole message of a stream. One that is too long ends the stream. */
function eachMessage(
  stream: (NodeJS.ReadableStream & { destroy?(): void }) | null,
  take: (message: Buffer) => void,
): void {
  let pending: Buffer = Buffer.alloc(0)
  stream?.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.byteLength >= HEADER_BYTES) {
      const size = pending.readUInt32BE(SIZE_OFFSET)
      if (size < HEADER_BYTES || size > MAX_MESSAGE_BYTES) return stream.destroy?.()
      if (pending.byteLength < size) return
      take(pending.subarray(0, size))
      pending = pending.subarray(size)
    }
  })
}

async function listening(server: Server | undefined, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server?.once('error', reject)
  server?.listen(path, resolve)
  await promise
}
