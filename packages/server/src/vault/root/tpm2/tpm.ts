import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TpmChannel } from './tpm-channel.ts'
import { TpmError } from './tpm-error.ts'

/** A TPM, by the tools of the tpm2-tools project. */
export interface Tpm {
  /** The working folder of the tools (0700), in memory where the system has such a file system. It goes with {@link close}. */
  readonly folder: string
  /** Runs `tpm2_NAME`, and resolves with its standard output. Rejects with TpmError. The caller wipes `input`. */
  run(name: string, args: readonly string[], input?: Uint8Array): Promise<Buffer>
  /** The same, then frees the slots of the TPM that the tool left in use: it has three. */
  runAndFlush(name: string, args: readonly string[], input?: Uint8Array): Promise<Buffer>
  close(): Promise<void>
}

/** Which TPM, and how long it may take. */
export interface TpmOptions {
  /** As in TPM2TOOLS_TCTI, such as `device:/dev/tpmrm0`. By default that of the environment, else the tools' own. */
  tcti?: string | undefined
  /** For all that is done until {@link Tpm.close}. */
  timeoutMs: number
}

const MAX_OUTPUT_BYTES = 64 * 1024
/** Socket files have names of at most 107 bytes, so that the temporary folder of a user may be too deep. */
const TEMPORARY = ['/dev/shm', tmpdir()]

/** Opens a TPM. Rejects with TpmError. */
export async function openTpm({ tcti, timeoutMs }: TpmOptions): Promise<Tpm> {
  const folder = await temporaryFolder()
  const deadline = AbortSignal.timeout(timeoutMs)
  let channel: TpmChannel | undefined
  const close = async (): Promise<void> => {
    channel?.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    channel = await TpmChannel.open(folder, environment(tcti))
  } catch (error) {
    await close()
    throw error
  }
  const tools = { folder, channel, deadline }
  const run: Tpm['run'] = (name, args, input) => runTool(tools, name, args, input)
  return {
    folder,
    run,
    async runAndFlush(name, args, input) {
      try {
        return await run(name, args, input)
      } finally {
        await run('flushcontext', ['--transient-object'])
      }
    },
    close,
  }
}

interface Tools {
  folder: string
  channel: TpmChannel
  deadline: AbortSignal
}

/** Without a shell, and without secrets among the arguments, which all users of a machine can see. */
async function runTool(tools: Tools, name: string, args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  const { folder, channel, deadline } = tools
  if (channel.ended !== undefined) throw channel.ended
  if (deadline.aborted) throw new TpmError('timeout', '')
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const child = spawn(`tpm2_${name}`, args, { cwd: folder, env: environment('swtpm:path=tpm') })
  const [output, errors] = [collected(child.stdout), collected(child.stderr)]
  const stop = (): void => {
    child.kill('SIGKILL')
  }
  deadline.addEventListener('abort', stop)
  child.on('error', (error: NodeJS.ErrnoException) => reject(startError(name, error)))
  child.on('close', (code) => {
    if (code === 0) resolve(output())
    else reject(deadline.aborted ? new TpmError('timeout', '') : (channel.ended ?? toolError(name, errors())))
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  try {
    return await promise
  } finally {
    deadline.removeEventListener('abort', stop)
  }
}

function startError(name: string, error: NodeJS.ErrnoException): TpmError {
  const fault = error.code === 'ENOENT' ? 'tools-missing' : 'failed'
  return new TpmError(fault, `tpm2_${name}: ${error.code}`, { cause: error })
}

/** The TPM's response code, as the tools print it: `tpm:session(1):a policy check failed (0x99d)`. */
const RESPONSE_CODE = /\((0x[0-9a-f]{1,8})\)/gi

function toolError(name: string, errors: Buffer): TpmError {
  const codes = [...errors.toString().matchAll(RESPONSE_CODE)].map(([, code = '']) => code.toLowerCase())
  return new TpmError('failed', `tpm2_${name}${codes.length > 0 ? ` (${codes.at(-1)})` : ''}`)
}

function collected(stream: NodeJS.ReadableStream): () => Buffer {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk)
  })
  return () => {
    const whole = Buffer.concat(chunks)
    for (const chunk of chunks) chunk.fill(0)
    return whole
  }
}

async function temporaryFolder(): Promise<string> {
  const [memory = '', other = ''] = TEMPORARY
  const name = 'keyhold-tpm-'
  return mkdtemp(join(memory, name)).catch(() => mkdtemp(join(other, name)))
}

/** Only what the tools need. */
function environment(tcti: string | undefined): NodeJS.ProcessEnv {
  const { PATH, TPM2TOOLS_TCTI } = process.env
  const named = tcti ?? TPM2TOOLS_TCTI
  return { PATH, TSS2_LOG: 'all+ERROR', ...(named !== undefined && { TPM2TOOLS_TCTI: named }) }
}
