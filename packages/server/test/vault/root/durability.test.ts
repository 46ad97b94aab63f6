import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { underStrace } from '../storage/sqlite/strace.ts'
import { needs } from '../../../../../tools/testing/needs.ts'

const TRACED = 'trace=openat,fsync,fdatasync,link,linkat,rename,renameat,renameat2,write'

test(
  'a root is on disk before it has its name, and has its name before its creation is reported',
  {
    skip: needs('strace'),
  },
  async (t) => {
    const parent = await realpath(await mkdtemp(join(tmpdir(), 'keyhold-root-trace-')))
    t.after(() => rm(parent, { recursive: true, force: true }))
    const [folder, log] = [join(parent, 'folder'), join(parent, 'log')]
    await mkdir(folder)
    const file = join(folder, 'root')
    const options = ['-y', '-s', '300', '-e', TRACED, '-o', log]
    await underStrace(options, new URL('./children/create-root.ts', import.meta.url), [file])

    const lines = (await readFile(log, 'utf8')).split('\n')
    const at = (what: string, pattern: RegExp): number => {
      const index = lines.findIndex((line) => pattern.test(line))
      assert.notEqual(index, -1, `no ${what}`)
      return index
    }
    const escaped = folder.replaceAll(/[^\w/]/g, String.raw`\$&`)
    const steps = [
      at('exclusive creation', new RegExp(String.raw`openat\(.*${escaped}/root\..*O_EXCL.*0600`)),
      at('synchronised file', new RegExp(String.raw`fsync\(\d+<${escaped}/root\.`)),
      at('link', new RegExp(String.raw`link(at)?\(.*${escaped}/root"`)),
      at('synchronised folder', new RegExp(String.raw`fsync\(\d+<${escaped}>`)),
      at('answer', /write\(1<.*created/),
    ]
    assert.deepEqual(
      steps,
      steps.toSorted((left, right) => left - right),
    )
    assert.ok(!lines.some((line) => /\brename/.test(line)), 'a rename could replace another root')
  },
)
