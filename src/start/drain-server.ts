// Lets an HTTP server finish what is under way and lets go of everything else, so that a stop takes no longer than its requests.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A connection whose last answer has been sent is closed this soon, in ms: the least there is, since 0 means never. */
const NO_KEEP_ALIVE_MS = 1;

/** Watches the server's connections; call the result when the server begins to close. */
export function drainOnClose(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    // Node.js closes the connections that are idle now; those with a request under way would stay open for the next one.
    server.keepAliveTimeout = NO_KEEP_ALIVE_MS;
    // Browsers open connections ahead and never use them: to Node.js those are not idle but about to begin.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
}
