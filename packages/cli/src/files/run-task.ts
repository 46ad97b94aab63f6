import type { MessageHeader } from '@keyhold/client'
import { describeFailure } from '../process/exit.ts'
import type { Failure } from '../process/exit.ts'
import { OPEN_FILES } from './held-folder.ts'
import type { FileRecord, MetadataLog } from './metadata.ts'
import type { Progress } from './progress.ts'
import type { OpenTask, Task, Verb } from './task.ts'

export interface OperationOptions {
  signal: AbortSignal
  onProgress: (bytes: number) => void
}

/** What a command does to one file. Answers the header of what it wrote; of what it read where it writes no message. */
export type Operation = (file: OpenTask, task: Task, options: OperationOptions) => Promise<MessageHeader>

export interface TaskRun {
  verb: Verb
  metadata: MetadataLog
  signal: AbortSignal
  /** Asked for once the file is open. */
  operation: () => Promise<Operation>
  progress: (bytes: number | undefined) => Progress
}

/** Does one task and records how that went. */
export async function runTask(task: Task, { verb, metadata, signal, operation, progress }: TaskRun): Promise<void> {
  const record = recordOf(verb, task)
  try {
    await using file = await task.open()
    using shown = progress(file.bytes)
    const header = await (await operation())(file, task, { signal, onProgress: (bytes) => shown.advance(bytes) })
    await file.finish?.()
    await metadata.done(record, header)
  } catch (error) {
    // That the log cannot be written matters less than why the file failed.
    if (!signal.aborted) await metadata.failed(record, failureOf(error)).catch(() => undefined)
    throw error
  }
}

function recordOf({ name }: Verb, { input, output, boundInput, boundOutput }: Task): FileRecord {
  const boundPath = boundOutput ?? boundInput
  return {
    command: name,
    input,
    ...(output !== undefined && { output }),
    ...(boundPath !== undefined && { boundPath }),
  }
}

/** The names of folders that are held open say nothing to a reader. */
const HELD_FOLDER = new RegExp(`${OPEN_FILES}/\\d+/`, 'g')

export function failureOf(error: unknown): Failure {
  const { exitCode, message } = describeFailure(error)
  return { exitCode, message: message.replaceAll(HELD_FOLDER, '') }
}
