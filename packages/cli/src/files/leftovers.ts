import { basename, join } from 'node:path'
import { warn } from '../descriptors/standard.ts'
import { printable } from '../terminal/printable.ts'

/** Where to look: beside one file that is to be written, or in a whole folder, which people call `name`. */
type Place = { beside: string } | { folder: string; name: string }

/**
 * Says on standard error which temporary files a run that was killed has left there. They are not removed: a run on another
 * machine may still write one, and one of a decryption may be all that is left of a file.
 */
export async function warnOfLeftovers(place: Place): Promise<void> {
  const { leftoversBeside, leftoversIn } = await import('@keyhold/client')
  const found = 'beside' in place ? leftoversBeside(place.beside, Date.now()) : leftoversIn(place.folder, Date.now())
  for (const path of await found) {
    const shown = 'beside' in place ? path : join(place.name, basename(path))
    warn(
      `keyhold: warning: ${printable(shown)} is left over from a run that was killed, and may hold plaintext. Delete it.`,
    )
  }
}
