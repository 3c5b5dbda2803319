/** Files inside of zip files: a Tiled map is often sent together with its tilesets. */
import { unzipSync } from 'fflate'
import { UserError } from '../../core/errors.ts'
import { MAX_BYTES, tooLarge } from './import-file.ts'

/** The files, those in zip files instead of these. A zip that is damaged or too large is refused with a sentence. */
export async function unpacked(files: readonly File[]): Promise<File[]> {
  const lists = await Promise.all(
    files.map(async file => (/\.zip$/i.test(file.name) ? unzip(file.name, await bytesOf(file)) : [file])),
  )
  return lists.flat()
}

async function bytesOf(file: File): Promise<Uint8Array> {
  if (file.size > MAX_BYTES) throw tooLarge(file.name)
  return new Uint8Array(await file.arrayBuffer())
}

function unzip(name: string, bytes: Uint8Array): File[] {
  let total = 0
  try {
    const found = unzipSync(bytes, {
      // What a zip says of its sizes is what is inflated at most.
      filter({ name: inner, originalSize }) {
        if (inner.endsWith('/') || inner.startsWith('__MACOSX/')) return false
        total += originalSize
        if (total > MAX_BYTES) throw tooLarge(name)
        return true
      },
    })
    return Object.entries(found).map(
      ([path, data]) => new File([data as Uint8Array<ArrayBuffer>], path.split('/').at(-1) as string),
    )
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${name}: not a zip file that can be read`, { cause: error })
  }
}
