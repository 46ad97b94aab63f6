import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { withHelp } from './help.ts'

type Load = () => Promise<Command>

/**
 * Every command below `keyhold`, by group and name, in the order of the help. What a command needs is loaded only when it is
 * wanted: to load and build all of them takes longer than most of them then run.
 */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, Load>>>> = {
  'Files, under any KMS:': {
    encrypt: async () => (await import('./files/encrypt.ts')).encryptCommand(),
    decrypt: async () => (await import('./files/decrypt.ts')).decryptCommand(),
    inspect: async () => (await import('./files/inspect.ts')).inspectCommand(),
    verify: async () => (await import('./files/verify.ts')).verifyCommand(),
    rewrap: async () => (await import('./files/rewrap.ts')).rewrapCommand(),
    exec: async () => (await import('./exec/exec.ts')).execCommand(),
    'key-file': async () => (await import('./key-files/commands.ts')).keyFileCommands(),
    'recovery-key': async () => (await import('./recovery-keys/commands.ts')).recoveryKeyCommands(),
  },
  'Keys, of any KMS:': {
    key: async () => (await import('./keys/commands.ts')).keyCommands(),
    quorum: async () => (await import('./quorum/commands.ts')).quorumCommands(),
  },
  'The service:': {
    dev: async () => (await import('./serving/dev.ts')).devCommand(),
    init: async () => (await import('./serving/init.ts')).initCommand(),
    serve: async () => (await import('./serving/serve.ts')).serveCommand(),
    cert: async () => (await import('./certificates/commands.ts')).certCommands(),
    config: async () => (await import('./serving/config/commands.ts')).configCommands(),
    status: async () => (await import('./serving/status.ts')).statusCommand(),
    audit: async () => (await import('./audit/commands.ts')).auditCommands(),
    access: async () => (await import('./access/commands.ts')).accessCommands(),
    operator: async () => (await import('./operator/commands.ts')).operatorCommands(),
  },
  'The shell:': {
    completion: async () => (await import('./completion/completion.ts')).completionCommand(),
    help: async () => (await import('./help-command.ts')).helpCommand(),
  },
}

/** Commands that are about the others, and so need all of them. */
const ABOUT_OTHERS: readonly string[] = ['completion', 'help']

const NOTES = `
Exit codes:
  0 done                                        5 does not open: damaged, or another context
  1 a bug in keyhold                            6 contradicts -c
  2 wrong use                                   7 the key is missing or unusable
  3 denied                                      8 the audit log or the database is broken
  4 unreachable or throttled: try again         9 a file is missing, or cannot be read or written
  141 the reader of the output has gone away
  exec: 125 it could not start the command; else the command's

With --json a command prints one JSON value; audit query, access who-can and operator doctor print
one JSON object a line.`

/**
 * The command, with everything below it, or, where the first word of its arguments is known, with what that word needs only: the
 * command that it names, or nothing for `--version`. A word that names none needs all of them, to say what there is.
 */
export async function createProgram(word?: string): Promise<Command> {
  const program = new Command('keyhold')
    .description(
      'A key management service of your own that speaks the AWS KMS API, and the envelope encryption for it.',
    )
    .version(version())
    .helpCommand(false)
    .addHelpText('after', NOTES)
  for (const [title, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(title)
    for (const load of wanted(commands, word)) program.addCommand(await load())
  }
  return withHelp(program)
}

function wanted(commands: Readonly<Record<string, Load>>, word: string | undefined): readonly Load[] {
  if (word === '--version') return []
  if (word === undefined || ABOUT_OTHERS.includes(word) || !isCommand(word)) return Object.values(commands)
  return Object.entries(commands).flatMap(([name, load]) => (name === word ? [load] : []))
}

function isCommand(word: string): boolean {
  return Object.values(COMMANDS).some((commands) => Object.hasOwn(commands, word))
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
