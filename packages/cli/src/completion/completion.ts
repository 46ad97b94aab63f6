import { Argument, Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { bashScript } from './bash.ts'
import { completedCommands } from './commands.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript }

const EXAMPLES = `
For every new shell, in its start-up file:
  bash (~/.bashrc)                   source <(keyhold completion bash)
  zsh (~/.zshrc, after compinit)     source <(keyhold completion zsh)
  fish (~/.config/fish/config.fish)  keyhold completion fish | source`

export function completionCommand(): Command {
  return new Command('completion')
    .summary('print what lets a shell complete this command')
    .description('Prints a script with which a shell completes commands, flags, their choices, and files.')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', EXAMPLES)
    .action((shell: keyof typeof SCRIPTS, _: object, { parent }: Command) => {
      print(SCRIPTS[shell](completedCommands(parent!)))
    })
}
