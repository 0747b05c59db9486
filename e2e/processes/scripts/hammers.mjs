// What asks for things in a loop, twice at once, from when it is told to start until it is told to stop.
import { serve } from './rpc.mjs';
import { note } from './witness.mjs';

let going = true;
let running;

export const isGoing = () => going;

export function serveHammers(hammer) {
  serve({
    start: () => {
      running = Promise.all([hammer(0), hammer(1)]);
      // It may be killed before anybody asks how it went.
      running.catch(({ message }) => note({ type: 'failed', message }));
    },
    stop: async () => {
      going = false;
      await running;
    },
  });
}
