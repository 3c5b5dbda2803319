/** What the page hands over: into the clipboard, or as a file. */
import { notify } from './toasts.tsx'

/** Letters that a message repeats where the page may not copy them: moves can be taken from there, a table cannot. */
const LONGEST_SHOWN = 4000

/** Puts a text into the clipboard and says so. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    notify(done, 'good')
  } catch {
    const instead = text.length > LONGEST_SHOWN ? '.' : `; here it is: ${text}`
    notify(`This browser does not let the page copy${instead}`, 'bad')
  }
}

/** Lets the browser save something as a file. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
