/** Live training over the connection. */
import type { LiveSource } from './live.ts'
import type { ServerSocket } from './socket.ts'

export function createLiveSource(
  _socket: Pick<ServerSocket, 'send' | 'onMessage' | 'onPicture' | 'onOpen'>,
): LiveSource {
  throw new Error('Live training is not built yet.')
}
