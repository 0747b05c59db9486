// Floor 2b with one write per tick on both sides.
import { floor } from './floor2b.mjs';

export const clientModule = import.meta.url;

const perTick = (socket) => {
  let batch = '';
  const flush = () => {
    const lines = batch;
    batch = '';
    socket.write(lines);
  };
  return (line) => {
    if (batch === '') process.nextTick(flush);
    batch += line;
  };
};

export const { startServer, connect } = floor(perTick);
