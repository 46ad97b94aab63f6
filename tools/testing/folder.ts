import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty folder that goes when its scope ends. */
export async function folder(): Promise<AsyncDisposable & { path(name: string): string; names(): Promise<string[]> }> {
  const root = await mkdtemp(join(tmpdir(), 'keyhold-files-'))
  return {
    path: (name) => join(root, name),
    names: async () => (await readdir(root)).toSorted(),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}
