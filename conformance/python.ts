import { spawnSync } from 'node:child_process'

/** The first Python on the path is not always the one that the system's packages install modules for. */
const PYTHONS = ['python3', '/usr/bin/python3']

/** A Python of this machine that runs these statements; nothing when none does. */
export function pythonThatRuns(statements: string): string | undefined {
  return PYTHONS.find((program) => spawnSync(program, ['-c', statements], { stdio: 'ignore' }).status === 0)
}
