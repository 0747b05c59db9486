import { createServer } from 'node:http';

const port = process.env.EPHEMERAL_RESOURCE ?? process.env.SHOP_PORT;
const server = createServer((_, response) => response.end(`the shop at ${port}`));
server.listen(port, '127.0.0.1', () => console.log(`The shop is at http://127.0.0.1:${port}`));
