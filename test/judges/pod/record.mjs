/* A server at port 5000 that answers with the path and the headers of each request, as they came. */
import { createServer } from 'node:http';

createServer({ maxHeaderSize: 2 ** 20 }, (request, response) => {
  request.resume().on('end', () => response.end(JSON.stringify({ path: request.url, headers: request.rawHeaders })));
}).listen(5000);
