import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProgram } from '../../packages/cli/src/program.ts'

type Command = Awaited<ReturnType<typeof createProgram>>

/** Writes `share/man/man1/keyhold.1`. */
export async function writeManual(folder: string): Promise<void> {
  const manuals = join(folder, 'share/man/man1')
  mkdirSync(manuals, { recursive: true })
  writeFileSync(join(manuals, 'keyhold.1'), manual(await createProgram()))
}

/** keyhold(1) in the language of man(7), from what each command says in its help. */
function manual(program: Command): string {
  return `.TH KEYHOLD 1 "" "keyhold ${program.version()}" "User Commands"
.SH NAME
keyhold \\- key management service that speaks the AWS KMS API, and envelope encryption
.SH SYNOPSIS
.B keyhold
.I command
.RI [ option ...]
.SH DESCRIPTION
${escaped(program.description())}
.P
.B keyhold
.I command
.B \\-\\-help
shows one command with examples;
.B keyhold \\-\\-help
lists the exit codes.
.SH COMMANDS
${leaves(program, program.name()).map(section).join('')}.SH SEE ALSO
/usr/share/doc/keyhold, https://docs.aws.amazon.com/kms/
`
}

function leaves(command: Command, path: string): [path: string, command: Command][] {
  if (command.commands.length === 0) return [[path, command]]
  return command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`))
}

function section([path, command]: [string, Command]): string {
  const help = command.createHelp()
  const flags = help.visibleOptions(command).filter(({ long }) => long !== '--help')
  const entries = flags.map(
    (option) => `.TP\n\\fB${escaped(option.flags)}\\fR\n${escaped(help.optionDescription(option))}\n`,
  )
  return `.SS ${escaped(`${path} ${help.commandUsage(command).replace(/^.*?\[options\] ?/, '')}`.trim())}\n${escaped(help.commandDescription(command))}\n${entries.join('')}`
}

/** A dash may be typed, a backslash is one, and no line begins a command of roff. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&')
}
