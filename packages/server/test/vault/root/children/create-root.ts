import { systemRandom } from '../../../../src/crypto/random.ts'
import { createFileRoot } from '../../../../src/vault/root/file-root.ts'

/** Creates a root in the file that the first argument names, then says so. */
const [, , file = ''] = process.argv
await createFileRoot(file, systemRandom)
process.stdout.write('created\n')
