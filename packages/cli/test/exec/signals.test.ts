import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ended, type KeyholdServer, nodeArguments, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { PASSED_ON } from '../../src/process/run-command.ts'
import { piped } from '../support/piped.ts'
import { cleanEnvironment, clientOfDev, initialize, succeed, temporaryFolder } from '../support/vault.ts'

const LAUNCHER = join(import.meta.dirname, '../../bin/keyhold.js')
const LINUX = process.platform === 'linux' ? false : 'reads /proc'
const STOPPING = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU']

describe('a process of keyhold', { skip: LINUX }, () => {
  let server: KeyholdServer
  let env: NodeJS.ProcessEnv
  let message: Buffer
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
    env = clientOfDev(server)
    await succeed(['key', 'create', '--alias', 'app'], env)
    message = (await piped(['encrypt', '-k', 'alias/app'], Buffer.from('secret'), env)).stdout
  })
  after(() => server?.stop())

  function execArguments(scope: TestContext, script: string): string[] {
    const file = join(temporaryFolder(scope), 'secret.kh')
    writeFileSync(file, message)
    return ['exec', '--env', `A=${file}`, '--', 'sh', '-c', script]
  }

  test(
    'exec passes every signal on, stops and continues as its command does, and opens no debugger',
    { timeout: 60_000 },
    async (scope) => {
      const traps = PASSED_ON.filter((name) => !STOPPING.includes(name))
      const trap = (name: NodeJS.Signals): string => `trap 'echo ${name}' ${constants.signals[name]};`
      const script = `${traps.map(trap).join(' ')} echo $$; while :; do sleep 0.02; done`
      const child = launch(execArguments(scope, script), env)
      scope.after(() => child.kill('SIGKILL'))
      const said = collected(child)
      const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
      const next = async (): Promise<string> => String((await lines.next()).value)
      const pid = Number(await next())
      scope.after(() => process.kill(pid, 'SIGKILL'))
      for (const name of traps) {
        child.kill(name)
        assert.equal(await next(), name)
      }
      if (await isOrphaned()) {
        scope.diagnostic('stopping was not tried: nothing could continue a process that this test starts')
        return
      }
      for (const name of STOPPING) {
        process.kill(child.pid!, name)
        await until(() => isStopped(child.pid!) && isStopped(pid))
        process.kill(child.pid!, 'SIGCONT')
        assert.equal(await next(), 'SIGCONT')
        await until(() => !isStopped(child.pid!) && !isStopped(pid))
      }
      assert.equal(said(), '')
    },
  )

  test('exec gives its command the descriptors, signals and core dumps that it was given itself', async (scope) => {
    const folder = temporaryFolder(scope)
    writeFileSync(join(folder, 'three'), 'of three\n')
    writeFileSync(join(folder, 'seven'), 'of seven\n')
    const opened = [openSync(join(folder, 'three'), 'r'), openSync(join(folder, 'seven'), 'r')] as const
    const script =
      'cat <&3; cat <&7; test -e /dev/fd/4 && echo four; echo "$LISTEN_FDS $((LISTEN_PID == $$))"; ' +
      'grep -E "Sig(Blk|Ign)" /proc/self/status | tr -d "\\t0\\n"; cat /proc/self/coredump_filter; echo "$NODE_OPTIONS"'
    const start = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"'
    const nodeOptions = '--inspect=0 --no-warnings'
    const child = spawn('sh', ['-c', start, process.execPath, LAUNCHER, ...execArguments(scope, script)], {
      env: { ...env, NODE_OPTIONS: nodeOptions },
      stdio: ['ignore', 'pipe', 'pipe', opened[0], 'ignore', 'ignore', 'ignore', opened[1]],
    })
    opened.forEach((each) => closeSync(each))
    const { stdout, stderr, status } = await ended(child)
    const core = readFileSync('/proc/self/coredump_filter', 'utf8')
    assert.equal(stdout, `of three\nof seven\n1 1\nSigBlk:SigIgn:${core}${nodeOptions}\n`)
    assert.deepEqual([status, stderr.replace(/^(Debugger listening|For help).*\n/gm, '')], [0, ''])
  })

  test('exec, dev and serve run nothing while a debugger is open in them', async (scope) => {
    const rows: [args: string[], expected: number][] = [
      [execArguments(scope, 'echo started'), 125],
      [['dev', '--port', '0', '--', 'echo', 'started'], 2],
      [['serve', '--port', '0', '--data', join(temporaryFolder(scope), 'none')], 2],
    ]
    await Promise.all(
      rows.map(async ([args, expected]) => {
        const child = spawn(process.execPath, ['--inspect=0', ...nodeArguments(args)], { env, stdio: ['ignore', 'pipe', 'pipe'] }) // prettier-ignore
        const { status, stdout, stderr } = await ended(child)
        assert.deepEqual([status, stdout], [expected, ''])
        assert.match(stderr, /A debugger is open in keyhold itself/)
      }),
    )
  })

  test('dev that is stopped while it starts leaves nothing behind, and runs nothing more', async (scope) => {
    const folder = temporaryFolder(scope)
    const child = launch(['dev', '--port', '0', '--', 'sleep', '60'], { ...cleanEnvironment(), TMPDIR: folder })
    scope.after(() => child.kill('SIGKILL'))
    await until(() => readdirSync(folder).length > 0)
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [128 + constants.signals.SIGTERM, null])
    assert.deepEqual(readdirSync(folder), [])
  })

  test('serve and dev open no debugger for SIGUSR1, whenever it comes, and hold no memory for a core dump', async (scope) => {
    const { data } = await initialize(scope)
    const verbs = [['serve', '--data', data, '--port', '0', '--audit', 'write'], ['dev', '--port', '0']] // prettier-ignore
    await Promise.all(
      verbs.map(async (args) => {
        const child = launch(args, cleanEnvironment())
        scope.after(() => child.kill('SIGKILL'))
        const said = collected(child)
        const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
        while (!String((await lines.next()).value).startsWith('Ready.'));
        for (const signal of ['SIGUSR1', 'SIGWINCH', 'SIGCONT', 'SIGUSR1'] as const) child.kill(signal)
        assert.match(readFileSync(`/proc/${child.pid}/coredump_filter`, 'utf8'), /^0+\n$/)
        await sleep(50) // in which a debugger would say that it listens
        assert.doesNotMatch(said(), /Debugger/)
        child.kill('SIGTERM')
        assert.deepEqual(await once(child, 'exit'), [0, null])
      }),
    )
  })
})

function launch(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What the process has said on standard error so far. */
function collected(child: ChildProcess): () => string {
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said += String(chunk)))
  return () => said
}

function isStopped(pid: number): boolean {
  return /^State:\s*T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

/** Whether the system discards signals that stop processes of this group: it has no parent in its session to continue it. */
async function isOrphaned(): Promise<boolean> {
  const child = spawn('sh', ['-c', 'kill -TSTP $$; echo on'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    while (child.exitCode === null) {
      if (isStopped(child.pid!)) return false
      await sleep(5)
    }
    return true
  } finally {
    child.kill('SIGKILL')
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}
