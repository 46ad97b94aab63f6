import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian has the library of SoftHSM2. */
export const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so'
export const PIN = '314159'
const SO_PIN = '27182818'

/** A machine's SoftHSM2, with tokens of its own. Its library finds it by an environment variable of the process. */
export interface SoftHsm {
  /** Makes a token, or initialises the one of that serial number again, which destroys its keys. Returns its serial number. */
  token(label: string, serial?: string): string
  /** Runs pkcs11-tool of OpenSC on the library. */
  pkcs11Tool(...args: string[]): string
  /** Makes the library forget all tokens, as when the device is unplugged, until it is called again. */
  unplug(): () => void
  /** Plugs the tokens in where a process that was started meanwhile looks for them. */
  moveToUnplugged(): void
  /** Takes away the tokens that were made while it was unplugged. */
  forget(): void
  [Symbol.dispose](): void
}

/** Its tokens have the `mechanisms` of SoftHSM2's configuration. Puts its variable back when it is disposed of. */
export function softHsm(folder: string, mechanisms = 'ALL'): SoftHsm {
  const [configuration, unplugged] = ['plugged', 'unplugged'].map((name) => {
    const tokens = join(folder, name)
    mkdirSync(tokens, { recursive: true })
    const file = `${tokens}.conf`
    writeFileSync(file, `directories.tokendir = ${tokens}\nlog.level = ERROR\nslots.mechanisms = ${mechanisms}\n`)
    return file
  })
  const before = process.env['SOFTHSM2_CONF']
  process.env['SOFTHSM2_CONF'] = configuration
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  return {
    token(label, serial) {
      const where = serial === undefined ? ['--free'] : ['--serial', serial]
      run('softhsm2-util', ['--init-token', ...where, '--label', label, '--so-pin', SO_PIN, '--pin', PIN])
      return serialOf(run('softhsm2-util', ['--show-slots']), label)
    },
    pkcs11Tool: (...args) => run('pkcs11-tool', ['--module', SOFTHSM, ...args]),
    unplug() {
      process.env['SOFTHSM2_CONF'] = unplugged
      return () => {
        process.env['SOFTHSM2_CONF'] = configuration
      }
    },
    moveToUnplugged() {
      rmSync(join(folder, 'unplugged'), { recursive: true })
      renameSync(join(folder, 'plugged'), join(folder, 'unplugged'))
    },
    forget() {
      rmSync(join(folder, 'unplugged'), { recursive: true })
      mkdirSync(join(folder, 'unplugged'))
    },
    [Symbol.dispose]() {
      if (before === undefined) delete process.env['SOFTHSM2_CONF']
      else process.env['SOFTHSM2_CONF'] = before
    },
  }
}

/** Of the last slot with the label, as the tool shows it. */
function serialOf(slots: string, label: string): string {
  const shown = slots.split(/^Slot /m).filter((slot) => new RegExp(`Label: +${label} *$`, 'm').test(slot))
  const [, serial] = /Serial number: +(\S+)/.exec(shown.at(-1) ?? '') ?? []
  if (serial === undefined) throw new Error(`softhsm2-util shows no token ${label}:\n${slots}`)
  return serial
}
