/** The list of all keys that the page takes now. */
import { useMemo } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { keysNow } from './keys.ts'

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space',
  Space: 'Space',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Control: 'Ctrl',
}

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  // As they were when the window was opened.
  const keys = useMemo(keysNow, [])
  return (
    <Dialog title="Keys" onClose={onClose}>
      <table class="keys">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Key</th>
            <th scope="col">What it does</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ key, does }) => (
            <tr key={`${key} ${does}`}>
              <td>
                <Keys text={key} />
              </td>
              <td>{does}</td>
            </tr>
          ))}
          <tr>
            <td>
              <kbd>Tab</kbd>
            </td>
            <td>To the next control</td>
          </tr>
        </tbody>
      </table>
    </Dialog>
  )
}

/** 'g l' are two keys in a row, 'Control+z' two at once. */
function Keys({ text }: { readonly text: string }) {
  const presses = text === ' ' ? [' '] : text.split(' ')
  return (
    <>
      {presses.map(press => (
        <span key={press} class="press">
          {press.split(/\+(?=.)/).map(key => (
            <kbd key={key}>{NAMES[key] ?? key}</kbd>
          ))}
        </span>
      ))}
    </>
  )
}
