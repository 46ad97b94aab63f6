/** Encrypts without end into argv[3] (relative), beginning at its next turn, and ends in the way that argv[2] names. */
import { setImmediate } from 'node:timers/promises'
import { Envelope, rawAes, removeTemporaryFiles } from '@keyhold/client'

const [way, target] = process.argv.slice(2) as [string, string]
const envelope = new Envelope({ keyring: rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) }) })

const ways: Record<string, () => void> = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('this is not caught')
  },
  signal: () => {
    removeTemporaryFiles()
    process.kill(process.pid, 'SIGQUIT')
  },
  kill: () => void process.kill(process.pid, 'SIGKILL'),
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let chunks = 0; ; chunks++) {
    if (chunks === 3) setTimeout(ways[way]!, 0)
    yield new Uint8Array(1_000_000)
    await setImmediate()
  }
}

if (way === 'at-once') {
  // The file is being made at that moment, by another thread.
  void envelope.encryptFile(endless(), target)
  const soon = (): void => void (turns++ > 2 ? process.exit(3) : setTimeout(soon, 0))
  let turns = 0
  soon()
} else {
  await envelope.encryptFile(endless(), target)
}
