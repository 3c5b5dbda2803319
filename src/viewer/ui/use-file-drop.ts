/** Files that are dropped on a part of the page. */
import { useState } from 'preact/hooks'

/** Handlers for the element that takes the files, and whether some are held over it. */
export function useFileDrop(take: (files: readonly File[]) => void) {
  const [isOver, setOver] = useState(false)
  const handlers = {
    onDragOver(event: DragEvent) {
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: () => setOver(false),
    onDrop(event: DragEvent) {
      event.preventDefault()
      setOver(false)
      take([...(event.dataTransfer?.files ?? [])])
    },
  }
  return { isOver, handlers }
}
