import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ended, type Ended } from '../tools/testing/keyhold.ts'
import { pythonThatRuns } from './python.ts'
import { clientEnvironment, type TestServer } from './server.ts'

/** The aws command of this machine with a server's credentials, for many runs. */
export interface AwsCommand {
  /** Runs it with these further variables, each time in a new process. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>
  stop(): Promise<void>
}

/**
 * Loads the command once when a Python here has the very version that is installed, and otherwise for each run. Variables
 * that it reads as it is loaded, HOME for one, belong into `common`, which all runs have.
 */
export async function startAws(server: TestServer, common: NodeJS.ProcessEnv = {}): Promise<AwsCommand> {
  const environment = { ...clientEnvironment(server), ...common }
  const installed = installedAws(environment)
  const python = pythonThatRuns('import awscli; from os import fork')
  if (python === undefined) return installed
  const loaded = loadedAws(environment, python)
  const [one, other] = await Promise.all([installed, loaded].map((aws) => aws.run(['--version'])))
  if (one?.stdout === other?.stdout) return loaded
  await loaded.stop()
  return installed
}

function installedAws(environment: NodeJS.ProcessEnv): AwsCommand {
  return {
    run: (args, env) => ended(spawn('aws', args, { env: { ...environment, ...env } })),
    stop: async () => undefined,
  }
}

function loadedAws(environment: NodeJS.ProcessEnv, python: string): AwsCommand {
  const child = spawn(python, [join(import.meta.dirname, 'aws_commands.py')], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async run(args, env = {}) {
      child.stdin.write(`${JSON.stringify({ args, env })}\n`)
      const answer = await answers.next()
      if (answer.done === true) throw new Error('the process that runs the aws command has ended')
      return JSON.parse(answer.value) as Ended
    },
    async stop() {
      child.stdin.end()
      await exit
    },
  }
}
