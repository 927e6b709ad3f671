// A server of static files, for the tests.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const TYPES = {
    ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json",
};

/** Serves a folder on a free port of this machine; `requests` are the paths that were asked for. */
export async function serve(folder) {
    const requests = [];
    const server = createServer(async (request, response) => {
        let path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
        requests.push(path);
        path = path.endsWith("/") ? path + "index.html" : path;
        try {
            const body = await readFile(join(folder, path));
            response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
            response.end(body);
        } catch {
            response.writeHead(404).end();
        }
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const stop = () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
    };
    return { url: `http://127.0.0.1:${server.address().port}/`, requests, stop };
}
