import { Command } from 'commander'
import { printLine } from '../../descriptors/standard.ts'
import { dataOption } from '../../shared/data-options.ts'
import { printJson } from '../../terminal/print.ts'
import { givenKeys, type KeyFlags, keyOptions, repeated } from './options.ts'

interface RestoreFlags extends KeyFlags {
  data: string
  from: string[]
  rootFile?: string
  json?: boolean
}

interface DrillFlags extends KeyFlags {
  data: string
  from?: string
  scratch?: string
  json?: boolean
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .summary('make a data folder of its backups')
    .description(
      'Needs a backup and what opens it, and nothing else of the machine that made it. The folder is made beside its name,\n' +
        'checked, and there whole or not at all. What changed after the backup is not in it: see operator accept-rollback.',
    )
    .addOption(
      repeated(
        '--from <place>',
        'a backup and, once for each, what it continues; or a folder, for its newest',
      ).makeOptionMandatory(),
    )
    .requiredOption('-d, --data <dir>', 'the data folder to make; it may exist, but only empty')
    .option('--root-file <file>', 'write a new root file there, so that the service starts by itself')
    .option('--json', 'print JSON')
  for (const option of keyOptions()) command.addOption(option)
  return command.action(restore)
}

async function restore({ data, from, rootFile, json, ...keys }: RestoreFlags): Promise<void> {
  const { backup } = await import('@keyhold/server')
  const given = await givenKeys(keys)
  const checked = await backup.restore(data, {
    ...given,
    from,
    ...(rootFile !== undefined && { newRootFile: rootFile }),
  })
  const { revision, madeMs } = checked.description
  const time = new Date(madeMs).toISOString()
  if (json === true) return printJson({ dataFolder: data, revision, time, ...countsOf(checked) })
  printLine(`${data} is the data folder as it was at ${time}, revision ${revision}.`)
  printLine(`Checked: ${sentenceOf(checked)}`)
  if (rootFile !== undefined) printLine(`${rootFile} opens it. Keep it apart from backups.`)
  else
    printLine(
      'Nothing opens it by itself: start the service and unseal it, or add a way with keyhold operator root add.',
    )
}

export function drillCommand(): Command {
  const command = new Command('drill')
    .summary('try the newest backup with the recovery copy')
    .description(
      'Unpacks the newest backup in a folder that is removed afterwards, opens its root with what you give, and not with what the\n' +
        'service uses, and decrypts what was planted in it. That it succeeded is taken down: status and metrics show it.',
    )
    .addOption(dataOption())
    .option('--from <folder>', 'the folder with the backups (default: that of the newest)')
    .option('--scratch <folder>', 'where to unpack it, such as a tmpfs (default: the temporary folder)')
    .option('--json', 'print JSON')
  for (const option of keyOptions()) command.addOption(option)
  return command.action(drill)
}

async function drill({ data, from, scratch, json, ...keys }: DrillFlags): Promise<void> {
  const { backup } = await import('@keyhold/server')
  const given = await givenKeys(keys)
  const place = { ...(from !== undefined && { from }), ...(scratch !== undefined && { scratch }) }
  const checked = await backup.drill(data, { ...given, ...place })
  const { revision, madeMs } = checked.description
  const time = new Date(madeMs).toISOString()
  if (json === true) printJson({ revision, time, ...countsOf(checked) })
  else printLine(`The backup of ${time}, revision ${revision}, opens. Checked: ${sentenceOf(checked)}`)
}

interface Counts {
  backups: number
  rows: number
  records: number
  domains: readonly string[]
  materials: number
}

function countsOf({ backups, rows, records, domains, materials }: Counts): Counts {
  return { backups, rows, records, domains, materials }
}

function sentenceOf({ backups, rows, records, domains, materials }: Counts): string {
  const files = backups === 1 ? '1 file' : `${backups} files`
  return `${files}, ${rows} rows, ${records} audit records, the keys of ${domains.join(', ')}, and ${materials} key materials.`
}
